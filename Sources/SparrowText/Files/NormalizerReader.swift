/// Makes normalisers from their description in `tokenizer.json`.
enum NormalizerReader {
  private static let knownTypes = ["BertNormalizer"]

  static func read(_ node: JSONNode) throws(TextError) -> any Normalizer {
    let type = try node.type()
    switch type {
    case "BertNormalizer": return try bert(node)
    default: throw node.unknownType(type, of: "normalizer", known: knownTypes)
    }
  }

  private static func bert(_ node: JSONNode) throws(TextError) -> BertNormalizer {
    let lowercases = try node.required("lowercase").bool()
    return BertNormalizer(
      cleansText: try node.required("clean_text").bool(),
      separatesIdeographs: try node.required("handle_chinese_chars").bool(),
      stripsAccents: try node.optional("strip_accents")?.bool() ?? lowercases,
      lowercases: lowercases)
  }
}

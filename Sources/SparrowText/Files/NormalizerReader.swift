import Foundation

/// Makes normalisers from their description in `tokenizer.json`.
enum NormalizerReader {
  private static let knownTypes = [
    "BertNormalizer", "ByteLevel", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "Nmt",
    "Precompiled", "Prepend", "Replace", "Sequence", "Strip", "StripAccents",
  ]

  static func read(_ node: JSONNode) throws(TextError) -> any Normalizer {
    let type = try node.type()
    if let form = NormalForm(rawValue: type) { return form }
    switch type {
    case "Bert", "BertNormalizer": return try bert(node)
    case "ByteLevel": return ByteLevelNormalizer()
    case "Lowercase": return Lowercase()
    case "Nmt": return NMTCleaning()
    case "Precompiled": return try precompiled(node)
    case "Prepend": return Prepend(prefix: try node.required("prepend").scalars())
    case "Replace": return try replace(node)
    case "Sequence":
      var normalizers: [any Normalizer] = []
      for element in try node.required("normalizers").elements() {
        normalizers.append(try read(element))
      }
      return NormalizerSequence(normalizers: normalizers)
    case "Strip":
      return Strip(
        left: try node.required("strip_left").bool(),
        right: try node.required("strip_right").bool())
    case "StripAccents": return StripAccents()
    default: throw node.unknownType(type, of: "normalizer", known: knownTypes)
    }
  }

  static func replace(_ node: JSONNode) throws(TextError) -> Replace {
    Replace(
      pattern: try PatternReader.read(node.required("pattern")),
      content: try node.required("content").scalars())
  }

  private static func bert(_ node: JSONNode) throws(TextError) -> BertNormalizer {
    let lowercases = try node.required("lowercase").bool()
    return BertNormalizer(
      cleansText: try node.required("clean_text").bool(),
      separatesIdeographs: try node.required("handle_chinese_chars").bool(),
      stripsAccents: try node.optional("strip_accents")?.bool() ?? lowercases,
      lowercases: lowercases)
  }

  private static func precompiled(_ node: JSONNode) throws(TextError) -> PrecompiledNormalizer {
    let map = try node.required("precompiled_charsmap")
    let text = try map.string()
    guard let data = Data(base64Encoded: text), let normalizer = PrecompiledNormalizer(data) else {
      throw map.error(
        expected: "a character map of SentencePiece in base 64",
        found: "\(text.utf8.count) bytes that are none")
    }
    return normalizer
  }
}

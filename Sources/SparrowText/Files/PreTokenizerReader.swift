/// Makes pre-tokenisers from their description in `tokenizer.json`.
enum PreTokenizerReader {
  private static let knownTypes = ["BertPreTokenizer"]

  static func read(_ node: JSONNode) throws(TextError) -> any PreTokenizer {
    let type = try node.type()
    switch type {
    case "BertPreTokenizer": return BertPreTokenizer()
    default: throw node.unknownType(type, of: "pre-tokenizer", known: knownTypes)
    }
  }
}

import SparrowCore

/// Makes models from their description in `tokenizer.json`.
enum ModelReader {
  private static let knownTypes = ["WordPiece"]

  static func read(
    _ node: JSONNode
  ) throws(TextError) -> (any TokenModel, [VocabularyEntry]) {
    let type = try node.type()
    switch type {
    case "WordPiece": return try wordPiece(node)
    default: throw node.unknownType(type, of: "model", known: knownTypes)
    }
  }

  private static func wordPiece(
    _ node: JSONNode
  ) throws(TextError) -> (any TokenModel, [VocabularyEntry]) {
    let entries = try vocabulary(node.required("vocab"))
    let unknown = try node.required("unk_token")
    let unknownToken = try unknown.string()
    guard let unknownID = entries.first(where: { $0.token == unknownToken })?.id else {
      throw unknown.error(
        expected: "a token of the vocabulary", found: unknown.value.text())
    }
    let model = WordPiece(
      entries: entries, unknownID: unknownID,
      prefix: try node.required("continuing_subword_prefix").string(),
      longestWord: try node.required("max_input_chars_per_word").integer(in: 0...Int.max))
    return (model, entries)
  }

  /// Reads an object of tokens and ids; no two tokens may share an id.
  private static func vocabulary(_ node: JSONNode) throws(TextError) -> [VocabularyEntry] {
    guard let object = node.value.object else { throw node.error(expected: "an object") }
    var entries: [VocabularyEntry] = []
    entries.reserveCapacity(object.count)
    var isTaken = [Bool](repeating: false, count: object.count)
    for (token, value) in object.members {
      guard let id = value.int, (0...JSONNode.largestID).contains(id) else {
        throw node.error(
          expected: "ids from 0 to \(JSONNode.largestID)",
          found: "\(value.text()) for the token \"\(token)\"")
      }
      if id >= isTaken.count {
        isTaken.append(contentsOf: repeatElement(false, count: id + 1 - isTaken.count))
      }
      guard !isTaken[id] else {
        throw node.error(
          expected: "an id of its own for each token",
          found: "the id \(id) twice, the second time for \"\(token)\"")
      }
      isTaken[id] = true
      entries.append(VocabularyEntry(token: token, id: TokenID(id)))
    }
    return entries
  }
}

import SparrowCore

/// Makes models from their description in `tokenizer.json`.
enum ModelReader {
  private static let knownTypes = ["BPE", "Unigram", "WordLevel", "WordPiece"]

  /// Reads a model and its vocabulary.
  static func read(
    _ node: JSONNode
  ) throws(TextError) -> (any TokenModel, [VocabularyEntry]) {
    let type = try typeName(node)
    switch type {
    case "BPE": return try bytePairEncoding(node)
    case "Unigram": return try unigram(node)
    case "WordLevel":
      let entries = try vocabulary(node.required("vocab"))
      let unknownID = try id(of: node.required("unk_token"), in: entries)
      return (WordLevel(entries: entries, unknownID: unknownID), entries)
    case "WordPiece": return try wordPiece(node)
    default: throw node.unknownType(type, of: "model", known: knownTypes)
    }
  }

  /// The model's type, which old files leave out.
  private static func typeName(_ node: JSONNode) throws(TextError) -> String {
    if let type = try node.optional("type") { return try type.string() }
    if try node.optional("merges") != nil { return "BPE" }
    return try node.required("vocab").value.array == nil ? "WordPiece" : "Unigram"
  }

  private static func wordPiece(
    _ node: JSONNode
  ) throws(TextError) -> (any TokenModel, [VocabularyEntry]) {
    let entries = try vocabulary(node.required("vocab"))
    let model = WordPiece(
      entries: entries, unknownID: try id(of: node.required("unk_token"), in: entries),
      prefix: try node.required("continuing_subword_prefix").string(),
      longestWord: try node.required("max_input_chars_per_word").integer(in: 0...Int.max))
    return (model, entries)
  }

  private static func unigram(
    _ node: JSONNode
  ) throws(TextError) -> (any TokenModel, [VocabularyEntry]) {
    let list = try node.required("vocab")
    var tokens: [(token: String, score: Double)] = []
    for element in try list.elements() {
      guard let pair = element.value.array, pair.count == 2, let token = pair[0].string,
        let score = pair[1].double, score.isFinite
      else { throw element.error(expected: "a token and its score", found: element.value.text()) }
      tokens.append((token, score))
    }
    guard !tokens.isEmpty, tokens.count <= JSONNode.largestID else {
      throw list.error(
        expected: "1 to \(JSONNode.largestID) tokens", found: "\(tokens.count)")
    }
    let model = Unigram(
      tokens: tokens,
      unknownID: TokenID(try node.required("unk_id").integer(in: 0...(tokens.count - 1))),
      usesBytes: try node.optional("byte_fallback")?.bool() ?? false)
    return (
      model,
      tokens.enumerated().map { VocabularyEntry(token: $0.element.token, id: TokenID($0.offset)) }
    )
  }

  private static func bytePairEncoding(
    _ node: JSONNode
  ) throws(TextError) -> (any TokenModel, [VocabularyEntry]) {
    let entries = try vocabulary(node.required("vocab"))
    if let dropout = try node.optional("dropout"), dropout.value.double != 0 {
      throw dropout.error(
        expected: "no dropout: it would make tokens random", found: dropout.value.text())
    }
    var configuration = BytePairEncoding.Configuration()
    if let unknown = try node.optional("unk_token") {
      configuration.unknown = try id(of: unknown, in: entries)
    }
    configuration.fusesUnknown = try node.optional("fuse_unk")?.bool() ?? false
    configuration.usesBytes = try node.optional("byte_fallback")?.bool() ?? false
    configuration.ignoresMerges = try node.optional("ignore_merges")?.bool() ?? false
    configuration.continuingPrefix =
      try node.optional("continuing_subword_prefix")?.string() ?? ""
    configuration.endSuffix = try node.optional("end_of_word_suffix")?.string() ?? ""
    let merges = try MergeReader(entries, prefix: configuration.continuingPrefix)
      .read(node.required("merges"))
    return (
      BytePairEncoding(entries: entries, merges: merges, configuration: configuration), entries
    )
  }

  /// The id of the token that a place names.
  private static func id(
    of node: JSONNode, in entries: [VocabularyEntry]
  ) throws(TextError) -> TokenID {
    let token = try node.string()
    guard let entry = entries.first(where: { $0.token.utf8.elementsEqual(token.utf8) }) else {
      throw node.error(expected: "a token of the vocabulary", found: node.value.text())
    }
    return entry.id
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

/// Reads the merges of a byte-pair encoding: `"a b"` or, since version 0.20, `["a", "b"]`.
private struct MergeReader {
  private let tokens: TokenTable
  private let prefixCount: Int

  init(_ entries: [VocabularyEntry], prefix: String) {
    tokens = TokenTable(entries.map { (token: $0.token.bytes, id: $0.id) })
    prefixCount = prefix.utf8.count
  }

  func read(
    _ node: JSONNode
  ) throws(TextError) -> [(left: TokenID, right: TokenID, id: TokenID)] {
    guard let elements = node.value.array else { throw node.error(expected: "an array") }
    var merges: [(left: TokenID, right: TokenID, id: TokenID)] = []
    merges.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      let place = JSONNode(value: element, file: node.file, path: "\(node.path)[\(index)]")
      guard let (left, right) = Self.pair(element) else {
        // Files made from merges.txt may keep its first line.
        if element.string?.hasPrefix("#version") == true { continue }
        throw place.error(expected: "two tokens", found: element.text())
      }
      guard right.count >= prefixCount else {
        throw place.error(expected: "a second token with its prefix", found: element.text())
      }
      let joined = left + right.dropFirst(prefixCount)
      guard let leftID = tokens.find(left), let rightID = tokens.find(right),
        let id = tokens.find(joined)
      else {
        throw place.error(
          expected: "tokens of the vocabulary that join to a token", found: element.text())
      }
      merges.append((leftID, rightID, id))
    }
    return merges
  }

  private static func pair(_ element: JSONValue) -> (left: [UInt8], right: [UInt8])? {
    if let line = element.string {
      let parts = line.utf8.split(
        separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      guard parts.count == 2, !line.hasPrefix("#version") else { return nil }
      return (Array(parts[0]), Array(parts[1]))
    }
    guard let parts = element.array, parts.count == 2, let left = parts[0].string,
      let right = parts[1].string
    else { return nil }
    return (left.bytes, right.bytes)
  }
}

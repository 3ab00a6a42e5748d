import SparrowCore

/// All tokens of a tokenizer: the model's and the added ones.
struct Lexicon {
  private(set) var vocabulary: Vocabulary
  private(set) var table: TokenTable
  /// Added tokens with their ids; each id once.
  private(set) var addedTokens: [(token: AddedToken, id: TokenID)]

  /// Gives added tokens their ids: the model's where it has the token, else the next free ones.
  ///
  /// The ids that the file states for added tokens do not count, as in the reference.
  init(_ file: TokenizerFile) {
    let modelTokens = file.entries.map { (token: $0.token.bytes, id: $0.id) }
    let modelTable = TokenTable(modelTokens)
    var ids: [[UInt8]: TokenID] = [:]
    var byID: [TokenID: AddedToken] = [:]
    var order: [TokenID] = []
    var nextID = TokenID(file.entries.count)
    for token in file.addedTokens where !token.content.isEmpty {
      let content = token.content.bytes
      let known = ids[content] ?? modelTable.find(content)
      let id = known ?? nextID
      if known == nil { nextID += 1 }
      ids[content] = id
      if byID.updateValue(token, forKey: id) == nil { order.append(id) }
    }
    addedTokens = order.compactMap { id in byID[id].map { ($0, id) } }
    let largest = max(file.entries.map(\.id).max() ?? 0, ids.values.max() ?? 0)
    var tokens = [String](repeating: "", count: Int(largest) + 1)
    for entry in file.entries { tokens[Int(entry.id)] = entry.token }
    for (token, id) in addedTokens { tokens[Int(id)] = token.content }
    vocabulary = Vocabulary(tokens: tokens)
    table = TokenTable(modelTokens + ids.map { (token: $0.key, id: $0.value) })
  }
}

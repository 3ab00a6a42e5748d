import SparrowCore

/// The simplest model: a piece is a token or unknown.
struct WordLevel: TokenModel {
  private let table: TokenTable
  private let unknown: TokenID

  /// Makes a model.
  init(entries: [VocabularyEntry], unknownID: TokenID) {
    table = TokenTable(entries.map { (token: $0.token.bytes, id: $0.id) })
    unknown = unknownID
  }

  var unknownID: TokenID? { unknown }

  func tokenize(
    _ scalars: [UInt32], _ range: Range<Int>, _ workspace: inout ModelWorkspace,
    into tokens: inout [PlacedToken]
  ) {
    workspace.word.removeAll()
    for scalar in scalars[range] { workspace.word.append(scalar: scalar) }
    tokens.append(PlacedToken(id: table.find(workspace.word) ?? unknown, range: range))
  }
}

import SparrowCore

/// The WordPiece model: the longest token that begins a word, then the longest that continues it,
/// and so on; a word that does not come out even is unknown as a whole.
struct WordPiece: TokenModel {
  /// The token of words that cannot be put together.
  let unknown: TokenID
  /// Words with more scalars than this are unknown.
  let longestWord: Int
  /// Tokens at the beginning of a word.
  private let initial: TokenTable
  /// Tokens inside a word, without their prefix.
  private let continuing: TokenTable

  /// Makes a model.
  ///
  /// - Parameters:
  ///   - entries: the vocabulary.
  ///   - unknownID: the token of unknown words.
  ///   - prefix: what marks tokens that continue a word.
  ///   - longestWord: the longest word in scalars that is not unknown.
  init(
    entries: [VocabularyEntry], unknownID: TokenID, prefix: String = "##",
    longestWord: Int = 100
  ) {
    self.unknown = unknownID
    self.longestWord = longestWord
    let keys = entries.map { (token: $0.token.bytes, id: $0.id) }
    initial = TokenTable(keys)
    let prefix = prefix.bytes
    continuing = TokenTable(
      keys.filter { $0.token.starts(with: prefix) && $0.token.count > prefix.count }
        .map { (token: Array($0.token.dropFirst(prefix.count)), id: $0.id) })
  }

  var unknownID: TokenID? { unknown }

  func tokenize(
    _ scalars: [UInt32], _ range: Range<Int>, _ workspace: inout ModelWorkspace,
    into tokens: inout [PlacedToken]
  ) {
    workspace.word.removeAll()
    for scalar in scalars[range] { workspace.word.append(scalar: scalar) }
    var place = range.lowerBound
    tokenize(workspace.word, &workspace.cuts) { id, byteCount in
      let start = place
      var covered = 0
      while covered < byteCount {
        covered += UTF8Units.count(of: scalars[place])
        place += 1
      }
      tokens.append(PlacedToken(id: id, range: start..<place))
    }
  }

  /// Calls `emit` with the tokens of a word and how many bytes each covers.
  @inline(__always)
  func tokenize(
    _ word: WordBuffer, _ cuts: inout WordCuts, _ emit: (TokenID, Int) -> Void
  ) {
    tokenize(
      word.bytes.span, 0..<word.bytes.count, hash: word.hash, scalarCount: word.scalarCount, &cuts,
      emit)
  }

  /// Calls `emit` with the tokens of a word and how many bytes each covers.
  ///
  /// - Parameters:
  ///   - text: UTF-8 bytes.
  ///   - range: the word.
  ///   - hash: the hash of the word, as ``TokenTable`` makes it.
  ///   - scalarCount: the scalars of the word.
  ///   - cuts: room to work in.
  ///   - emit: gets the tokens in order.
  @inline(__always)
  func tokenize(
    _ text: Span<UInt8>, _ range: Range<Int>, hash: UInt32, scalarCount: Int,
    _ cuts: inout WordCuts, _ emit: (TokenID, Int) -> Void
  ) {
    if scalarCount > longestWord {
      emit(unknown, range.count)
    } else if let id = initial.find(text, range, hash: hash) {
      emit(id, range.count)
    } else if cut(text, range, &cuts) {
      for piece in cuts.pieces { emit(piece.id, piece.byteCount) }
    } else {
      emit(unknown, range.count)
    }
  }

  /// Cuts a word into tokens; false when it does not come out even.
  private func cut(_ text: Span<UInt8>, _ range: Range<Int>, _ cuts: inout WordCuts) -> Bool {
    cuts.pieces.removeAll(keepingCapacity: true)
    guard let first = initial.findLongest(text, range, &cuts.hashes) else { return false }
    cuts.pieces.append(first)
    var start = range.lowerBound + first.byteCount
    while start < range.upperBound {
      guard let next = continuing.findLongest(text, start..<range.upperBound, &cuts.hashes) else {
        return false
      }
      cuts.pieces.append(next)
      start += next.byteCount
    }
    return true
  }
}

/// Room for cutting a word into tokens.
struct WordCuts {
  /// The tokens and how many bytes each covers.
  fileprivate var pieces: [(id: TokenID, byteCount: Int)] = []
  /// The hashes of the beginnings of what is left of the word.
  fileprivate var hashes: [UInt32] = []
}

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
    let keys = entries.map { (token: Array($0.token.utf8), id: $0.id) }
    initial = TokenTable(keys)
    let prefix = Array(prefix.utf8)
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
    tokenize(&workspace.word) { id, bytes in
      let start = place
      var byteCount = 0
      while byteCount < bytes.count {
        byteCount += UTF8Units.count(of: scalars[place])
        place += 1
      }
      tokens.append(PlacedToken(id: id, range: start..<place))
    }
  }

  /// Calls `emit` with the tokens of a word and the bytes that they cover.
  @inline(__always)
  func tokenize(_ word: inout WordBuffer, _ emit: (TokenID, Range<Int>) -> Void) {
    let all = 0..<word.bytes.count
    if word.scalarCount > longestWord {
      emit(unknown, all)
    } else if let id = initial.find(word.bytes.span, all, hash: word.hash) {
      emit(id, all)
    } else if cut(&word) {
      for cut in word.cuts { emit(cut.id, cut.range) }
    } else {
      emit(unknown, all)
    }
  }

  /// Puts the tokens of a word into its cuts; false when it does not come out even.
  private func cut(_ word: inout WordBuffer) -> Bool {
    word.cuts.removeAll(keepingCapacity: true)
    var start = 0
    while start < word.bytes.count {
      let table = start == 0 ? initial : continuing
      guard let found = longestToken(of: table, in: &word, from: start) else { return false }
      word.cuts.append(found)
      start = found.range.upperBound
    }
    return true
  }

  private func longestToken(
    of table: TokenTable, in word: inout WordBuffer, from start: Int
  ) -> PlacedToken? {
    let limit = min(word.bytes.count, start + table.longestByteCount)
    // Hashes of all beginnings, made once; then the beginnings are tried from the longest on.
    word.hashes.removeAll(keepingCapacity: true)
    var hash = TokenTable.emptyHash
    for index in start..<limit {
      hash = TokenTable.extend(hash, word.bytes[index])
      word.hashes.append(hash)
    }
    var end = limit
    while end > start {
      let splitsScalar = end < word.bytes.count && word.bytes[end] & 0xC0 == 0x80
      if !splitsScalar,
        let id = table.find(word.bytes.span, start..<end, hash: word.hashes[end - start - 1])
      {
        return PlacedToken(id: id, range: start..<end)
      }
      end -= 1
    }
    return nil
  }
}

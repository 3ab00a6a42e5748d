import SparrowCore

/// A token that is looked for in the text itself, ahead of the model.
struct AddedToken: Sendable, Hashable {
  /// The text that stands for the token.
  var content: String
  /// Matches only between characters that are no word characters.
  var isSingleWord = false
  /// Takes in white space before it.
  var stripsLeft = false
  /// Takes in white space after it.
  var stripsRight = false
  /// Is looked for in the normalised text.
  var isNormalized = false
  /// Is a special token, such as `[CLS]`.
  var isSpecial = false
}

/// Finds added tokens in a text: from left to right, at each place the longest.
struct AddedTokenMatcher: Sendable {
  private let table: TokenTable
  private let tokens: [TokenID: AddedToken]
  /// Whether a token begins with a byte.
  private let firstBytes: [Bool]
  /// The sizes of tokens in bytes, descending.
  private let sizes: [Int]

  /// Makes a matcher.
  ///
  /// - Parameter tokens: the tokens, their ids and what to look for, which is not empty.
  init(_ tokens: [(token: AddedToken, id: TokenID, pattern: String)]) {
    let keys = tokens.map { (token: $0.pattern.bytes, id: $0.id) }
    table = TokenTable(keys)
    self.tokens = Dictionary(tokens.map { ($0.id, $0.token) }, uniquingKeysWith: { $1 })
    var firstBytes = [Bool](repeating: false, count: 256)
    for key in keys { firstBytes[Int(key.token[0])] = true }
    self.firstBytes = firstBytes
    sizes = Set(keys.map(\.token.count)).sorted(by: >)
  }

  /// Whether there is nothing to look for.
  var isEmpty: Bool { sizes.isEmpty }

  /// Cuts a text at added tokens.
  ///
  /// - Parameters:
  ///   - text: UTF-8 bytes.
  ///   - body: gets the pieces in order, each with its token if it is one; false stops.
  @inline(__always)
  func forEachPiece(of text: Span<UInt8>, _ body: (Range<Int>, TokenID?) -> Bool) {
    var start = 0
    var position = 0
    let count = text.count
    while position < count {
      guard firstBytes[Int(text[position])], let (id, size) = longestToken(in: text, at: position)
      else {
        position += 1
        continue
      }
      let end = position + size
      if let range = place(of: id, in: text, position..<end, after: start) {
        if start < range.lowerBound, !body(start..<range.lowerBound, nil) { return }
        if !body(range, id) { return }
        start = range.upperBound
      }
      // White space that the token took in is searched again, as the reference does.
      position = end
    }
    if start < count { _ = body(start..<count, nil) }
  }

  private func longestToken(in text: Span<UInt8>, at position: Int) -> (TokenID, Int)? {
    for size in sizes where position + size <= text.count {
      var hash = TokenTable.emptyHash
      for index in position..<(position + size) { hash = TokenTable.extend(hash, text[index]) }
      if let id = table.find(text, position..<(position + size), hash: hash) { return (id, size) }
    }
    return nil
  }

  /// What a match covers with the white space it takes in; nil when it must be a word and is not.
  private func place(
    of id: TokenID, in text: Span<UInt8>, _ match: Range<Int>, after start: Int
  ) -> Range<Int>? {
    guard let token = tokens[id] else { return nil }
    if token.isSingleWord {
      let before = match.lowerBound > 0 ? text.properties(before: match.lowerBound) : []
      let after = match.upperBound < text.count ? text.properties(at: match.upperBound) : []
      if before.contains(.word) || after.contains(.word) { return nil }
    }
    var lower = match.lowerBound
    var upper = match.upperBound
    if token.stripsLeft {
      while lower > start, text.properties(before: lower).contains(.whitespace) {
        lower = text.positionBefore(lower)
      }
    }
    if token.stripsRight {
      while upper < text.count, text.properties(at: upper).contains(.whitespace) {
        upper += text.scalar(at: upper).size
      }
    }
    return lower..<upper
  }
}

extension Span<UInt8> {
  fileprivate func properties(at position: Int) -> ScalarProperties {
    .of(scalar(at: position).scalar)
  }

  fileprivate func properties(before position: Int) -> ScalarProperties {
    properties(at: positionBefore(position))
  }

  fileprivate func positionBefore(_ position: Int) -> Int {
    var result = position - 1
    while result > 0, self[result] & 0xC0 == 0x80 { result -= 1 }
    return result
  }
}

import SparrowCore

/// Puts special tokens around one text or a pair and gives every token its type id.
struct PostProcessor: Sendable {
  /// A part of the result.
  enum Part: Sendable, Hashable {
    /// All tokens of the first or of the second text.
    case text(isSecond: Bool, typeID: Int32)
    /// Special tokens that the template names.
    case special(ids: [TokenID], typeID: Int32)
  }

  /// What becomes of one text.
  var single: [Part] = [.text(isSecond: false, typeID: 0)]
  /// What becomes of a pair.
  var pair: [Part] = [.text(isSecond: false, typeID: 0), .text(isSecond: true, typeID: 1)]
  /// Takes white space off the offsets of tokens that begin or end with it.
  var trimming: OffsetTrimming?

  /// The parts for one text or a pair.
  func parts(isPair: Bool, addsSpecialTokens: Bool) -> [Part] {
    let parts = isPair ? pair : single
    guard !addsSpecialTokens else { return parts }
    return parts.filter { if case .text = $0 { true } else { false } }
  }

  /// How many special tokens some parts add.
  static func specialCount(_ parts: [Part]) -> Int {
    parts.reduce(0) { if case .special(let ids, _) = $1 { $0 + ids.count } else { $0 } }
  }
}

/// Takes white space off offsets: in byte-level vocabularies it is part of the tokens.
struct OffsetTrimming: Sendable {
  /// A space may have been put in front of the text; it is not taken off what was not there.
  let addsPrefixSpace: Bool

  /// The offsets of a token without its white space.
  ///
  /// - Parameters:
  ///   - offsets: all that the token covers.
  ///   - spelling: the token.
  ///   - isFirst: whether it is the first token of its text that was kept.
  /// - Returns: the offsets that remain, perhaps empty.
  func trim(
    _ offsets: Range<Int>, of spelling: some BidirectionalCollection<UInt32>, isFirst: Bool
  ) -> Range<Int> {
    var leading = spelling.prefix(while: Self.isSpace).count
    let trailing = spelling.reversed().prefix(while: Self.isSpace).count
    if (isFirst || offsets.lowerBound == 0) && addsPrefixSpace && leading == 1 { leading = 0 }
    let start = min(offsets.lowerBound + leading, offsets.upperBound)
    guard trailing > 0, offsets.upperBound >= trailing else { return start..<offsets.upperBound }
    return start..<max(offsets.upperBound - trailing, start)
  }

  private static func isSpace(_ scalar: UInt32) -> Bool {
    scalar == ByteAlphabet.space || ScalarProperties.of(scalar).contains(.whitespace)
  }
}

/// The regular expressions by which byte-level vocabularies cut texts into words, as a scanner.
///
/// It covers the expressions of GPT-2 and of cl100k (GPT-4, Llama 3, Qwen), which differ in details:
/// whether letters take in a mark before them or only a space, how many digits make a piece, and
/// whether line ends stay with the punctuation before them.
struct WordScanner: TextPattern {
  /// How letters, digits, punctuation and line ends are joined.
  enum Style: Sendable {
    /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
    case gpt2
    /// Like `cl100k` in OpenAI's tiktoken, with up to this many digits a piece.
    case cl100k(digitCount: Int)
  }

  let style: Style

  private static let contractions =
    #"'s|'t|'re|'ve|'m|'ll|'d"#
  private static let common = #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  private static let letters = #"|[^\r\n\p{L}\p{N}]?\p{L}+|"#

  /// The expressions that are known, with their styles.
  static let known: [(expression: String, style: Style)] = [
    (contractions + #"| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#, .gpt2),
    ("(?i:\(contractions))" + letters + #"\p{N}{1,3}"# + common, .cl100k(digitCount: 3)),
    ("(?i:\(contractions))" + letters + #"\p{N}"# + common, .cl100k(digitCount: 1)),
  ]

  /// Makes a scanner.
  init(_ style: Style) { self.style = style }

  /// Makes the scanner for an expression; nil when it is not a known one.
  init?(expression: String) {
    guard let known = Self.known.first(where: { $0.expression == expression }) else { return nil }
    style = known.style
  }

  func forEachMatch(in scalars: [UInt32], _ range: Range<Int>, _ body: (Range<Int>) -> Void) {
    var start = range.lowerBound
    while start < range.upperBound {
      let cursor = Cursor(scalars: scalars, start: start, limit: range.upperBound)
      let end =
        switch style {
        case .gpt2: cursor.endOfGPT2Word()
        case .cl100k(let digitCount): cursor.endOfCL100KWord(digitCount: digitCount)
        }
      body(start..<end)
      start = end
    }
  }
}

/// A place in a text, from which one word is read.
private struct Cursor {
  let scalars: [UInt32]
  let start: Int
  let limit: Int

  private static let apostrophe: UInt32 = 0x27
  private static let space: UInt32 = 0x20

  func endOfGPT2Word() -> Int {
    if let end = endOfContraction(ignoringCase: false) { return end }
    let first = scalars[start] == Self.space ? start + 1 : start
    if first < limit {
      let kind = kind(first)
      if kind != .whitespace { return endOfRun(of: kind, from: first) }
    }
    return endOfSpace()
  }

  func endOfCL100KWord(digitCount: Int) -> Int {
    if let end = endOfContraction(ignoringCase: true) { return end }
    let first = kind(start)
    if first == .letter { return endOfRun(of: .letter, from: start) }
    if first != .number, !isLineEnd(start), start + 1 < limit, kind(start + 1) == .letter {
      return endOfRun(of: .letter, from: start + 1)
    }
    if first == .number {
      return min(endOfRun(of: .number, from: start), start + digitCount)
    }
    let mark = scalars[start] == Self.space ? start + 1 : start
    if mark < limit, kind(mark) == [] {
      var end = endOfRun(of: [], from: mark)
      while end < limit, isLineEnd(end) { end += 1 }
      return end
    }
    let end = endOfRun(of: .whitespace, from: start)
    if let lineEnd = (start..<end).last(where: isLineEnd) { return lineEnd + 1 }
    return endOfSpace()
  }

  /// The end of an English contraction such as `'ll`, nil when there is none.
  private func endOfContraction(ignoringCase: Bool) -> Int? {
    guard scalars[start] == Self.apostrophe, start + 1 < limit else { return nil }
    let first = letter(start + 1, ignoringCase)
    switch first {
    case "s", "t", "m", "d": return start + 2
    default: break
    }
    guard start + 2 < limit else { return nil }
    switch (first, letter(start + 2, ignoringCase)) {
    case ("r", "e"), ("v", "e"), ("l", "l"): return start + 3
    default: return nil
    }
  }

  private func letter(_ index: Int, _ ignoringCase: Bool) -> Unicode.Scalar? {
    let scalar = scalars[index]
    guard ignoringCase else { return Unicode.Scalar(scalar) }
    // A long s is a small s to an expression that ignores case.
    if scalar == 0x17F { return "s" }
    return scalar < 0x80 ? Unicode.Scalar(scalar | 0x20) : nil
  }

  /// The end of white space: all of it at the end of the text, else all but the last, which belongs
  /// to the next word, unless it is the only one.
  private func endOfSpace() -> Int {
    let end = endOfRun(of: .whitespace, from: start)
    return end < limit && end > start + 1 ? end - 1 : end
  }

  private func endOfRun(of kind: ScalarProperties, from index: Int) -> Int {
    var end = index
    while end < limit, self.kind(end) == kind { end += 1 }
    return end
  }

  /// Letter, number, white space or none of these.
  private func kind(_ index: Int) -> ScalarProperties {
    ScalarProperties.of(scalars[index]).intersection([.letter, .number, .whitespace])
  }

  private func isLineEnd(_ index: Int) -> Bool { scalars[index] == 0x0A || scalars[index] == 0x0D }
}

import SparrowRetrieval

/// The piece of a text that has most of the terms for which it was found.
struct Snippet {
  private let words: [Substring]
  private let range: Range<Int>
  private let weightOfTerm: [String: Double]

  private static let wordCount = 26

  /// Finds the stretch of words whose terms weigh most; of equal ones the first.
  init(of text: String, for terms: [MatchingTerm]) {
    words = text.split(whereSeparator: \.isWhitespace)
    weightOfTerm = Dictionary(
      terms.map { ($0.term, $0.product) }, uniquingKeysWith: { first, _ in first })
    let weights = words.map { [weightOfTerm] in weightOfTerm[Self.bare($0)] ?? 0 }
    var sum = weights.prefix(Self.wordCount).reduce(0, +)
    var best = (start: 0, sum: sum)
    for end in weights.indices.dropFirst(Self.wordCount) {
      sum += weights[end] - weights[end - Self.wordCount]
      // A difference below this comes from rounding.
      if sum > best.sum + 1e-9 { best = (end - Self.wordCount + 1, sum) }
    }
    range = best.start..<min(best.start + Self.wordCount, words.count)
  }

  /// The piece on one line, its terms marked, with an ellipsis where text is left out.
  func text(marking mark: (String) -> String) -> String {
    let marked = words[range].map { word in
      weightOfTerm[Self.bare(word)] == nil ? String(word) : mark(String(word))
    }
    return (range.lowerBound > 0 ? "… " : "") + marked.joined(separator: " ")
      + (range.upperBound < words.count ? " …" : "")
  }

  /// A word in lower case without the signs around it.
  private static func bare(_ word: Substring) -> String {
    let letters = word.lowercased()
    guard let first = letters.firstIndex(where: { $0.isLetter || $0.isNumber }),
      let last = letters.lastIndex(where: { $0.isLetter || $0.isNumber })
    else { return letters }
    return String(letters[first...last])
  }
}

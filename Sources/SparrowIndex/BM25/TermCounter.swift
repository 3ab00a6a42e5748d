/// Counts terms of many texts, remembering what each distinct word was reduced to.
struct TermCounter {
  private let analyzer: Analyzer
  private let dropped: Set<String>
  private var numberOfWord: [String: Int] = [:]
  private var numberOfTerm: [String: Int]
  /// Terms in the order in which they were first met.
  private(set) var terms: [String]
  /// Whether terms not met before get a number; otherwise they only add to a text's length.
  private let learns: Bool

  /// Starts without terms and gives each new one the next number.
  init(learningWith analyzer: Analyzer) {
    self.analyzer = analyzer
    self.dropped = analyzer.stopWords.words
    self.numberOfTerm = [:]
    self.terms = []
    self.learns = true
  }

  /// Starts with given terms and never adds one.
  init(knowing numberOfTerm: [String: Int], with analyzer: Analyzer) {
    self.analyzer = analyzer
    self.dropped = analyzer.stopWords.words
    self.numberOfTerm = numberOfTerm
    self.terms = []
    self.learns = false
  }

  /// Marks a stop word in `numberOfWord`.
  private static let stop = -1
  /// Marks a word whose term is not known.
  private static let unknown = -2

  /// How often each known term occurs in a text, and how many terms there are in all.
  mutating func count(_ text: String) -> (counts: [Int: Int], length: Int) {
    var counts: [Int: Int] = [:]
    var length = 0
    WordTokenizer.forEachWord(in: text) { word in
      let number = self.number(of: word)
      guard number != Self.stop else { return }
      length += 1
      if number != Self.unknown { counts[number, default: 0] += 1 }
    }
    return (counts, length)
  }

  private mutating func number(of word: String) -> Int {
    if let known = numberOfWord[word] { return known }
    let number = dropped.contains(word) ? Self.stop : termNumber(analyzer.reduce(word))
    numberOfWord[word] = number
    return number
  }

  private mutating func termNumber(_ term: String) -> Int {
    if let known = numberOfTerm[term] { return known }
    guard learns else { return Self.unknown }
    terms.append(term)
    numberOfTerm[term] = terms.count - 1
    return terms.count - 1
  }
}

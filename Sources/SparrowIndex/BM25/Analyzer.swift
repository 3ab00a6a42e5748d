/// Turns text into the terms that BM25 counts: words, less stop words, reduced to stems.
///
/// ```swift
/// Analyzer().terms(of: "The connections of cells")  // ["connect", "cell"]
/// ```
public struct Analyzer: Sendable, Hashable {
  /// How words of one root are brought together.
  public enum Stemming: String, Sendable, Hashable, CaseIterable {
    /// Words stay as they are.
    case none
    /// English words become Porter2 stems; see ``EnglishStemmer``.
    case english
  }

  /// The words that are dropped before stemming; the default is ``StopWords/english``.
  public var stopWords: StopWords
  /// How words are reduced; the default is ``Stemming/english``.
  public var stemming: Stemming

  /// Makes an analyzer, by default one for English.
  public init(stopWords: StopWords = .english, stemming: Stemming = .english) {
    self.stopWords = stopWords
    self.stemming = stemming
  }

  /// The terms of a text in order, repetitions included.
  public func terms(of text: String) -> [String] {
    let dropped = stopWords.words
    return WordTokenizer.words(in: text).lazy.filter { !dropped.contains($0) }.map(reduce)
  }

  /// The term of a word that is not a stop word.
  func reduce(_ word: String) -> String {
    switch stemming {
    case .none: word
    case .english: EnglishStemmer.stem(word)
    }
  }
}

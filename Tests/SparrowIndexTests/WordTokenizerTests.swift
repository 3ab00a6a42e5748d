import SparrowCore
import SparrowTestSupport
import Testing

@testable import SparrowIndex

@Suite struct WordTokenizerTests {
  @Test func `words have two or more letters, digits or underscores, in lower case`() {
    #expect(
      WordTokenizer.words(in: "A Fox-like x_1 don't 42, 7: RNA.")
        == ["fox", "like", "x_1", "don", "42", "rna"])
  }

  @Test func `letters and numbers of any script belong to words, combining marks do not`() {
    #expect(
      WordTokenizer.words(in: "ÄRZTE naïve 東京都 x² ¼½") == ["ärzte", "naïve", "東京都", "x²", "¼½"])
    #expect(WordTokenizer.words(in: "cafe\u{301}s ab") == ["cafe", "ab"])
  }

  @Test func `text without words gives none`() {
    for text in ["", " ", "a b c", "—!?", "\u{301}\u{301}"] {
      #expect(WordTokenizer.words(in: text) == [])
    }
  }

  @Test func `words equal the reference's for every text of a real collection`() throws {
    guard let collection = try SciFact.load(forTest: "words of a real collection") else { return }
    let fixture = try JSONValue(contentsOf: Fixtures.url("index/stemmer.json"))
    let expected = try #require(fixture["scifact"])
    let buckets = try #require(expected["word_hashes"]?.array)
    var hashes = FixtureHashes(count: buckets.count)
    var wordCount = 0
    for document in collection.documents {
      let words = WordTokenizer.words(in: document.text)
      wordCount += words.count
      hashes.add(key: document.id, line: "\(document.id)\t\(words.joined(separator: " "))")
    }
    #expect(wordCount == expected["word_count"]?.int)
    #expect(hashes.differences(from: buckets) == [])
  }
}

@Suite struct AnalyzerTests {
  private let text = "The Connections of connected cells"

  @Test func `stop words go before words become stems`() {
    #expect(Analyzer().terms(of: text) == ["connect", "connect", "cell"])
  }

  @Test func `stop words and stemming can be left out`() {
    #expect(
      Analyzer(stopWords: .none, stemming: .none).terms(of: text)
        == ["the", "connections", "of", "connected", "cells"])
  }

  @Test func `a list of one's own replaces the stop words`() {
    let analyzer = Analyzer(stopWords: .custom(["cells", "connected"]), stemming: .none)
    #expect(analyzer.terms(of: text) == ["the", "connections", "of"])
  }
}

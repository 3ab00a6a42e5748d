import SparrowCore
import SparrowTestSupport
import Testing

@testable import SparrowIndex

@Suite struct EnglishStemmerTests {
  private let fixture: JSONValue

  init() throws { fixture = try JSONValue(contentsOf: Fixtures.url("index/stemmer.json")) }

  @Test func `stems equal the reference's for words of every rule`() throws {
    let words = try #require(fixture["words"]?.object)
    #expect(words.count > 200)
    for (word, stem) in words.members {
      #expect(EnglishStemmer.stem(word) == stem.string, "stem of \(word)")
    }
  }

  @Test func `words of fewer than three characters are their own stems`() {
    for word in ["", "s", "as", "is", "éa"] { #expect(EnglishStemmer.stem(word) == word) }
  }

  @Test func `stems equal the reference's for every word of a real collection`() throws {
    guard let collection = try SciFact.load(forTest: "stems of a real collection") else { return }
    let expected = try #require(fixture["scifact"])
    var vocabulary: Set<String> = []
    for document in collection.documents {
      vocabulary.formUnion(WordTokenizer.words(in: document.text))
    }
    #expect(vocabulary.count == expected["vocabulary_count"]?.int)
    let buckets = try #require(expected["stem_hashes"]?.array)
    var hashes = FixtureHashes(count: buckets.count)
    for word in vocabulary {
      hashes.add(key: word, line: "\(word)\t\(EnglishStemmer.stem(word))")
    }
    #expect(hashes.differences(from: buckets) == [])
  }
}

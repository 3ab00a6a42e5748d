import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@testable import SparrowIndex

@Suite struct BM25EncoderTests {
  @Test func `scores equal the reference's for every variant`() throws {
    let fixture = try JSONValue(contentsOf: Fixtures.url("index/bm25.json"))
    let documents = try #require(fixture["documents"]?.array).compactMap(\.string)
    let queries = try #require(fixture["queries"]?.array).compactMap(\.string)
    let cases = try #require(fixture["cases"]?.array)
    #expect(cases.count == 6)
    for golden in cases {
      let name = try #require(golden["variant"]?.string)
      let configuration = BM25Configuration(
        variant: try #require(BM25Configuration.Variant(rawValue: name)),
        saturation: try #require(golden["k1"]?.double),
        lengthNormalization: try #require(golden["b"]?.double))
      let encoder = try BM25Encoder(fitting: documents, configuration: configuration)
      let matrix = try encoder.encode(documents, role: .document)
      let queryMatrix = try encoder.encode(queries, role: .query)
      for (position, row) in try #require(golden["scores"]?.array).enumerated() {
        let expected = try #require(row.array).compactMap(\.double)
        let found = (0..<matrix.rowCount).map {
          Double(queryMatrix[position].dot(matrix[$0]))
        }
        let difference = compare(found, with: expected, absolute: 1e-6, relative: 1e-6)
        #expect(difference.isWithinTolerance, "\(name), query \(position): \(difference)")
      }
    }
  }

  @Test func `dimensions are the terms in ascending order, each with its document frequency`()
    throws
  {
    let encoder = try BM25Encoder(fitting: ["red foxes", "red dogs, red cats", ""])
    #expect(encoder.vocabulary.tokens == ["cat", "dog", "fox", "red"])
    #expect(encoder.documentFrequencies == [1, 1, 1, 2])
    #expect(encoder.documentCount == 3)
    #expect(encoder.averageLength == 2)
    #expect(encoder.term(2) == "fox")
    #expect(encoder.term(4) == nil)
  }

  @Test func `query weights count terms and unknown terms are left out`() throws {
    let encoder = try BM25Encoder(fitting: ["red foxes", "blue dogs"])
    let query = try encoder.encode(["dogs, a dog and a zebra"], role: .query)[0]
    #expect(query == (try SparseVector(dimension: 4, indices: [1], values: [2])))
  }

  @Test func `a collection without words gives empty vectors`() throws {
    let encoder = try BM25Encoder(fitting: ["", "the of"])
    #expect(encoder.dimension == 0)
    #expect(try encoder.encode(["the fox", ""], role: .document).rowOffsets == [0, 0, 0])
  }

  @Test func `only the largest weights are kept when a limit is given`() throws {
    let texts = ["red foxes and red dogs and cats", "blue dogs", "cats"]
    let encoder = try BM25Encoder(fitting: texts)
    let options = EncodingOptions(maxActiveDimensions: 2)
    let vector = try encoder.encode(texts, role: .document, options: options)[0]
    #expect(vector.indices.compactMap(encoder.term) == ["fox", "red"])
  }

  @Test func `settings out of range are refused`() {
    for (saturation, normalization) in [(-0.1, 0.4), (.nan, 0.4), (0.9, 1.1), (0.9, .nan)] {
      #expect(throws: IndexError.self) {
        try BM25Encoder(
          fitting: ["red"],
          configuration: BM25Configuration(
            saturation: saturation, lengthNormalization: normalization))
      }
    }
  }

  @Test func `cancellation stops the encoding`() async throws {
    let encoder = try BM25Encoder(fitting: ["red foxes"])
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try encoder.encode(["red"], role: .document)
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func `ranking of a real collection is as good as the reference's`() throws {
    guard let collection = try SciFact.load(forTest: "BM25 on a real collection") else { return }
    let texts = collection.documents.map(\.text)
    let encoder = try BM25Encoder(fitting: texts)
    let index = try InvertedIndex(
      documents: collection.documents.map { DocumentID($0.id) },
      vectors: try encoder.encode(texts, role: .document))
    var total = 0.0
    for (queryID, relevant) in collection.relevant {
      let text = try #require(collection.queries[queryID])
      let query = try encoder.encode([text], role: .query)[0]
      let hits = try index.search(query, count: 10)
      let gain = hits.enumerated().filter { relevant.contains($0.element.id.rawValue) }
        .map { 1 / log2(Double($0.offset) + 2) }.reduce(0, +)
      let ideal = (0..<min(10, relevant.count)).map { 1 / log2(Double($0) + 2) }.reduce(0, +)
      total += gain / ideal
    }
    let mean = total / Double(collection.relevant.count)
    #expect(abs(mean - 0.6762) < 0.002, "nDCG@10 \(mean)")
  }
}

@Suite struct BM25EncoderStorageTests {
  private let texts = ["red foxes and red dogs", "blue dogs", "Ärzte"]

  @Test func `saved statistics load as they were`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("bm25.json")
      for stopWords in [StopWords.none, .english, .custom(["red", "blue"])] {
        let configuration = BM25Configuration(
          variant: .atire, saturation: 1.2, lengthNormalization: 0.75,
          analyzer: Analyzer(stopWords: stopWords, stemming: .none))
        let encoder = try BM25Encoder(fitting: texts, configuration: configuration)
        try encoder.save(to: url)
        let loaded = try BM25Encoder(contentsOf: url)
        #expect(loaded.configuration == configuration)
        #expect(
          try loaded.encode(texts, role: .document) == encoder.encode(texts, role: .document))
        #expect(loaded.vocabulary.tokens == encoder.vocabulary.tokens)
      }
    }
  }

  @Test func `a file that is missing, of another kind or broken is refused by name`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("bm25.json")
      #expect(throws: IndexError.self) { try BM25Encoder(contentsOf: url) }
      try BM25Encoder(fitting: texts).save(to: url)
      let good = String(decoding: try Data(contentsOf: url), as: UTF8.self)
      let changes = [
        ("sparrow-bm25", "other"), ("\"version\":1", "\"version\":2"), ("\"k1\":0.9", "\"k1\":-1"),
        ("\"variant\":\"lucene\"", "\"variant\":\"x\""), ("\"stemming\":", "\"x\":"),
        ("\"document_count\":3", "\"document_count\":0"), ("\"red\"", "\"blue\""),
        ("\"average_length\":", "\"average_length\":-"),
        ("\"stop_words\":\"english\"", "\"stop_words\":[1]"),
      ]
      for (old, new) in changes {
        let broken = good.replacingOccurrences(of: old, with: new)
        #expect(broken != good, "\(old) is in the file")
        try Data(broken.utf8).write(to: url)
        let error = #expect(throws: IndexError.self) { try BM25Encoder(contentsOf: url) }
        #expect(error?.message.isEmpty == false)
      }
      for length in stride(from: 0, to: good.utf8.count, by: 7) {
        try Data(good.utf8.prefix(length)).write(to: url)
        #expect(throws: IndexError.self) { try BM25Encoder(contentsOf: url) }
      }
    }
  }
}

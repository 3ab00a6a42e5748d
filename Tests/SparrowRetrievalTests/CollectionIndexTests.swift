import Foundation
import SparrowCore
import SparrowIndex
import SparrowRetrieval
import SparrowTestSupport
import Testing

@Suite struct CollectionIndexTests {
  private let documents = (0..<5000).map { number in
    Document(
      id: DocumentID("d\(number)"), title: number % 3 == 0 ? "Titel \(number)" : "",
      text: "number \(number) and its remainder r\(number % 7)")
  }

  private func build(at folder: URL, _ encoder: BM25Encoder, source: String = "first") throws {
    var rest = documents[...]
    try CollectionIndex.build(at: folder, with: encoder, source: source) { count in
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
  }

  @Test func `searches equal those in memory and results have their texts`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let encoder = try BM25Encoder(fitting: documents.map(\.content))
      let url = folder.appendingPathComponent("index")
      try build(at: url, encoder)
      let index = try CollectionIndex(openingAt: url)
      #expect(index.source == "first")
      #expect(index.snapshot.documentCount == documents.count)
      let kept = try Retriever(encoder: encoder, snapshot: index.snapshot)
      let memory = try Retriever(encoder: encoder, documents: documents)
      for query in ["number 17", "r3 titel 999", "4998"] {
        let hits = try kept.search(query, count: 20)
        #expect(hits == (try memory.search(query, count: 20)))
        #expect(hits.first?.document != nil)
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["index"])
    }
  }

  @Test func `an index is replaced, a folder of other things is not`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let encoder = try BM25Encoder(fitting: documents.map(\.content))
      let url = folder.appendingPathComponent("index")
      try build(at: url, encoder)
      try build(at: url, encoder, source: "second")
      #expect(CollectionIndex.source(of: url) == "second")

      let other = folder.appendingPathComponent("other")
      try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
      try Data("mine".utf8).write(to: other.appendingPathComponent("notes"))
      #expect(throws: RetrievalError.self) { try build(at: other, encoder) }
      #expect(try FileManager.default.contentsOfDirectory(atPath: other.path) == ["notes"])
    }
  }

  @Test func `a failure on the way leaves the old index in place`() throws {
    struct Stop: Error {}
    try Fixtures.withTemporaryFolder { folder in
      let encoder = try BM25Encoder(fitting: documents.map(\.content))
      let url = folder.appendingPathComponent("index")
      try build(at: url, encoder)
      var calls = 0
      #expect(throws: Stop.self) {
        try CollectionIndex.build(at: url, with: encoder, source: "second") { count in
          calls += 1
          if calls == 2 { throw Stop() }
          return Array(documents.prefix(count))
        }
      }
      #expect(try CollectionIndex(openingAt: url).source == "first")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["index"])
    }
  }

  @Test func `no index and an index without its note are told apart from a good one`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("index")
      #expect(CollectionIndex.source(of: url) == nil)
      #expect(throws: IndexError.self) { try CollectionIndex(openingAt: url) }
      try build(at: url, BM25Encoder(fitting: documents.map(\.content)))
      try FileManager.default.removeItem(at: url.appendingPathComponent("source.txt"))
      #expect(throws: RetrievalError.self) { try CollectionIndex(openingAt: url) }
    }
  }
}

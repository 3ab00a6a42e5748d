import Foundation
import SparrowCore
import SparrowIndex
import SparrowRetrieval
import SparrowTestSupport
import Testing

@Suite struct CollectionIndexTests {
  private let documents: [CollectionDocument] = (0..<5000).map { (number: Int) in
    let document = Document(
      id: DocumentID("d\(number)"), title: number % 3 == 0 ? "Titel \(number)" : "",
      text: "number \(number) and its remainder r\(number % 7)")
    var members = JSONObject()
    members["year"] = .integer(Int64(1900 + number % 100))
    members["lang"] = number % 2 == 0 ? "en" : "de"
    return CollectionDocument(document, members: members)
  }
  private let note = CollectionNote(space: .bm25())

  private func encoder() throws -> BM25Encoder {
    try BM25Encoder(fitting: documents.map(\.document.content))
  }

  @discardableResult
  private func build(
    at folder: URL, _ encoder: BM25Encoder, note: CollectionNote? = nil
  ) throws -> CollectionLoadReport {
    var rest = documents[...]
    return try CollectionIndex.build(at: folder, with: encoder, note: note ?? self.note) { count in
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
  }

  /// Hands out documents once.
  private func once(_ documents: [CollectionDocument]) -> (Int) -> [CollectionDocument] {
    var rest = documents
    return { _ in
      defer { rest = [] }
      return rest
    }
  }

  @Test func `searches equal those in memory and results have texts and fields`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("index")
      let report = try build(at: url, encoder())
      #expect(report.readCount == documents.count)
      #expect(report.documentCount == documents.count)
      let index = try CollectionIndex(openingAt: url)
      #expect(index.note == note)
      let kept = try index.makeRetriever()
      let memory = try Retriever(encoder: encoder(), documents: documents.map(\.document))
      for query in ["number 17", "r3 titel 999", "4998"] {
        let hits = try kept.search(query, count: 20)
        let expected = try memory.search(query, count: 20)
        #expect(hits.map(\.id) == expected.map(\.id))
        #expect(hits.map(\.score) == expected.map(\.score))
        #expect(hits.map(\.document) == expected.map(\.document))
        #expect(hits.first?.members["lang"] != nil)
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["index"])
    }
  }

  @Test func `filters use words and numbers of documents`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("index")
      try build(at: url, encoder())
      let retriever = try CollectionIndex(openingAt: url).makeRetriever()
      let filter = try DocumentFilter(parsing: "lang=de and year>=1990 and not year=1995")
      let options = SearchOptions(count: 5000, filter: filter)
      let hits = try retriever.search("number", options: options)
      #expect(
        hits.count
          == documents.count { document in
            let year = document.members["year"]?.int ?? 0
            return document.members["lang"] == "de" && year >= 1990 && year != 1995
          })
    }
  }

  @Test func `added documents replace those of the same identifier`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("index")
      try build(at: url, encoder())
      let index = try CollectionIndex(openingAt: url)
      let added = [
        CollectionDocument(Document(id: "d1", text: "number titel")),
        CollectionDocument(Document(id: "new", text: "")),
      ]
      let report = try CollectionIndex.add(
        to: url, with: index.makeEncoder(for: .document), nextDocuments: once(added))
      #expect(report.readCount == 2)
      #expect(report.documentCount == documents.count + 1)
      #expect(report.emptyTextCount == 1)
      #expect(report.firstEmptyText == "new")
      let changed = try CollectionIndex(openingAt: url).makeRetriever()
      let hit = try changed.explain("titel", document: "d1")
      #expect(hit.document?.text == "number titel")
      #expect(hit.members.isEmpty)
    }
  }

  @Test func `an index is replaced, a folder of other things is not`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let encoder = try encoder()
      let url = folder.appendingPathComponent("index")
      try build(at: url, encoder)
      let second = CollectionNote(space: .bm25(), origin: "second")
      try build(at: url, encoder, note: second)
      #expect(try CollectionNote(of: url) == second)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["index"])

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
      let encoder = try encoder()
      let url = folder.appendingPathComponent("index")
      try build(at: url, encoder)
      var calls = 0
      #expect(throws: Stop.self) {
        try CollectionIndex.build(
          at: url, with: encoder, note: CollectionNote(space: .bm25(), origin: "second")
        ) { count in
          calls += 1
          if calls == 2 { throw Stop() }
          return Array(documents.prefix(count))
        }
      }
      #expect(try CollectionIndex(openingAt: url).note == note)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["index"])
    }
  }

  @Test func `what a killed build left is removed, what a running one writes is not`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let abandoned = folder.appendingPathComponent(".index.1.tmp")
      let running = folder.appendingPathComponent(".index.2.tmp")
      try IndexWriter(creatingAt: abandoned, dimension: 3).close()
      let writer = try IndexWriter(creatingAt: running, dimension: 3)
      try build(at: folder.appendingPathComponent("index"), encoder())
      #expect(!FileManager.default.fileExists(atPath: abandoned.path))
      #expect(FileManager.default.fileExists(atPath: running.path))
      try writer.close()
    }
  }

  @Test func `an index that was set aside by a killed build comes back`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("index")
      try build(at: url, encoder())
      try FileManager.default.moveItem(at: url, to: folder.appendingPathComponent(".index.old"))
      #expect(try CollectionIndex(openingAt: url).snapshot.documentCount == documents.count)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["index"])
    }
  }

  @Test func `an index that is open for writing is not replaced`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("index")
      try build(at: url, encoder())
      let writer = try IndexWriter(openingAt: url)
      #expect(throws: IndexError.self) { try build(at: url, encoder()) }
      try writer.close()
    }
  }

  @Test func `what is wrong with a folder is told apart`() throws {
    try Fixtures.withTemporaryFolder { folder in
      func message(_ url: URL) -> String {
        do {
          _ = try CollectionIndex(openingAt: url)
          return "none"
        } catch {
          return "\(error)"
        }
      }
      let url = folder.appendingPathComponent("index")
      #expect(message(url).contains("no such folder"))
      #expect(message(folder).contains("no index in this folder"))
      try build(at: url, encoder())
      let file = url.appendingPathComponent("collection.json")
      let text = try String(contentsOf: file, encoding: .utf8)
      try Data(text.replacing("\"version\": 1", with: "\"version\": 9").utf8).write(to: file)
      #expect(message(url).contains("of version 9"))
      try Data(text.replacing("\"precision\"", with: "\"decision\"").utf8).write(to: file)
      #expect(message(url).contains("changed or damaged"))
      try FileManager.default.removeItem(at: file)
      #expect(message(url).contains("does not say how"))
    }
  }
}

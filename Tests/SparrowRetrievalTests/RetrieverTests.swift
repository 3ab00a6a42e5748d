import SparrowCore
import SparrowEvaluation
import SparrowIndex
import SparrowRetrieval
import Testing

@Suite struct RetrieverTests {
  private let documents = [
    Document(id: "1", title: "Cats", text: "A cat sleeps and hunts mice."),
    Document(id: "2", text: "A dog guards the house."),
    Document(id: "3", text: "Mice hide from every cat, and mice eat cheese."),
  ]

  private func retriever() throws -> Retriever {
    try Retriever(encoder: BM25Encoder(fitting: documents.map(\.content)), documents: documents)
  }

  @Test func `hits come best first with terms whose parts make the score`() throws {
    let hits = try retriever().search("mice and cheese")
    #expect(hits.map(\.id) == ["3", "1"])
    for hit in hits {
      let sum = hit.terms.reduce(0) { $0 + $1.product }
      #expect(abs(sum - hit.score) < 1e-6)
      #expect(abs(hit.terms.reduce(0) { $0 + $1.share } - 1) < 1e-9)
    }
    #expect(hits[0].terms.map(\.term).sorted() == ["chees", "mice"])
    #expect(hits[1].terms.map(\.term) == ["mice"])
  }

  @Test func `the title of a document counts`() throws {
    #expect(try retriever().search("cats").map(\.id) == ["1", "3"])
  }

  @Test func `no more hits than asked for, and none without a shared term`() throws {
    #expect(try retriever().search("mice", count: 1).count == 1)
    #expect(try retriever().search("mice", count: 0).isEmpty)
    #expect(try retriever().search("xylophone").isEmpty)
  }

  @Test func `a run holds what single searches find`() throws {
    let retriever = try retriever()
    let queries = [Query(id: "a", text: "mice"), Query(id: "b", text: "house")]
    let run = try retriever.run(queries, count: 2)
    #expect(run.queries == ["a", "b"])
    for query in queries {
      let single = try retriever.search(query.text, count: 2)
      #expect(run[query.id].map(\.id) == single.map(\.id))
      #expect(run[query.id].map(\.score) == single.map(\.score))
    }
  }

  @Test func `one document can be explained, also when it shares nothing`() throws {
    let retriever = try retriever()
    let hit = try retriever.explain("mice and cheese", document: "3")
    #expect(hit == (try retriever.search("mice and cheese")[0]))
    let other = try retriever.explain("mice", document: "2")
    #expect(other.score == 0)
    #expect(other.terms.isEmpty)
    #expect(other.document == documents[1])
    #expect(throws: RetrievalError.self) { try retriever.explain("mice", document: "9") }
  }

  @Test func `vectors of another model are refused`() throws {
    let index = try InvertedIndex(
      documents: ["1"],
      vectors: SparseMatrix(
        columnCount: 3, rows: [SparseVector(dimension: 3, indices: [0], values: [1])]))
    let encoder = try BM25Encoder(fitting: ["one two three four"])
    let error = #expect(throws: RetrievalError.self) {
      try Retriever(encoder: encoder, snapshot: index.snapshot)
    }
    #expect(error?.message.contains("3 dimensions and the encoder 4") == true)
  }
}

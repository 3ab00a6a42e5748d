import SparrowCore
import SparrowTestSupport
import Testing

@testable import SparrowIndex

@Suite struct InvertedIndexTests {
  private func vector(_ entries: KeyValuePairs<TokenID, Float>) throws -> SparseVector {
    try SparseVector(
      dimension: 6, indices: entries.map(\.key), values: entries.map(\.value))
  }

  private func sample() throws -> InvertedIndex {
    var builder = IndexBuilder(dimension: 6)
    try builder.add("b", vector([0: 1, 2: 2]))
    try builder.add("a", vector([0: 1, 2: 2, 5: 0]))
    try builder.add("é", vector([2: 0.5, 3: -1]))
    try builder.add("empty", vector([:]))
    return try builder.build()
  }

  @Test func `hits come by score, equal scores by identifier`() throws {
    let hits = try sample().search(vector([2: 1]), count: 10)
    #expect(hits.map(\.id) == ["a", "b", "é"])
    #expect(hits.map(\.score) == [2, 2, 0.5])
  }

  @Test func `documents without a shared term are not returned`() throws {
    let index = try sample()
    #expect(try index.search(vector([1: 1]), count: 10) == [])
    #expect(try index.search(vector([5: 1]), count: 10) == [])
    #expect(try index.search(vector([0: 0]), count: 10) == [])
    #expect(try index.search(vector([:]), count: 10) == [])
  }

  @Test func `negative scores rank last and are returned`() throws {
    let hits = try sample().search(vector([0: 1, 3: 2]), count: 10)
    #expect(hits.map(\.id) == ["a", "b", "é"])
    #expect(hits.map(\.score) == [1, 1, -2])
  }

  @Test func `answers equal those of scoring every document`() throws {
    for seed in 0..<40 as Range<UInt64> {
      var collection = try RandomCollection(
        seed: seed,
        shape: RandomCollection.Shape(
          documentCount: [1, 17, 300, 1500][Int(seed % 4)], dimension: [1, 40, 500][Int(seed % 3)],
          maximumActive: [1, 30][Int(seed % 2)], hasTies: seed % 5 < 2,
          hasNegativeWeights: seed % 7 == 0))
      let index = try InvertedIndex(documents: collection.ids, vectors: collection.vectors)
      for maximumActive in [1, 4, 20, 500] {
        let query = try collection.query(maximumActive: maximumActive)
        for count in [1, 10, 5000] {
          let hits = try index.search(query, count: count)
          expectSame(hits, collection.search(query, count: count), "seed \(seed), count \(count)")
        }
      }
    }
  }

  @Test func `an explanation lists shared terms by their share of the score`() throws {
    let explanation = try sample().explain(vector([0: 3, 2: 1, 4: 1]), document: "a")
    #expect(explanation.score == 5)
    #expect(explanation.contributions.map(\.index) == [0, 2])
    #expect(explanation.contributions.map(\.product) == [3, 2])
    #expect(explanation.contributions.map(\.documentWeight) == [1, 2])
  }

  @Test func `an index without documents answers nothing`() throws {
    let index = try IndexBuilder(dimension: 6).build()
    #expect(index.documentCount == 0)
    #expect(try index.search(vector([0: 1]), count: 3) == [])
  }

  @Test func `stored vectors come back without zeros`() throws {
    let index = try sample()
    #expect(try index.vector(of: "a") == vector([0: 1, 2: 2]))
    #expect(try index.vector(of: "c") == nil)
    #expect(index.contains("empty"))
    #expect(index.documentCount == 4)
    #expect(index.postingCount == 6)
  }

  @Test func `documents that cannot be indexed are refused`() throws {
    let row = try vector([0: 1])
    let bad = try vector([0: .infinity])
    var builder = IndexBuilder(dimension: 6)
    try builder.add("a", row)
    #expect(throws: IndexError.self) {
      try builder.add("b", SparseVector(dimension: 5, indices: [], values: []))
    }
    #expect(throws: IndexError.self) {
      try builder.add(["b", "c"], SparseMatrix(columnCount: 6, rows: [row]))
    }
    #expect(builder.documentCount == 1)
    #expect(throws: IndexError.self) { try builder.add("a", row) }
    let error = #expect(throws: IndexError.self) { try builder.add("b", bad) }
    #expect(error?.message.contains("\"b\"") == true)
  }

  @Test func `queries that do not fit are refused`() throws {
    let index = try sample()
    let other = try SparseVector(dimension: 5, indices: [0], values: [1])
    #expect(throws: IndexError.self) { try index.search(other, count: 1) }
    #expect(throws: IndexError.self) { try index.search(vector([0: .nan]), count: 1) }
    #expect(throws: IndexError.self) { try index.search(vector([0: 1]), count: -1) }
    #expect(throws: IndexError.self) { try index.explain(vector([0: 1]), document: "zebra") }
    #expect(try index.search(vector([0: 1]), count: 0) == [])
  }
}

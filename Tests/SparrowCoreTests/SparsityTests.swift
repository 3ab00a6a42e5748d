import SparrowCore
import SparrowTestSupport
import Testing

@Suite struct SparsityTests {
  @Test func `the figures equal the reference's`() throws {
    let golden = try Fixtures.golden("evaluators")
    let vectors = try #require(golden["vectors"]?.object).members.filter {
      $0.0.hasPrefix("doc ")
    }
    let corpus = try SparseMatrix(
      columnCount: 8,
      rows: vectors.map { _, weights in
        SparseVector(dense: (weights.array ?? []).compactMap { $0.double.map { Float($0) } })
      })
    let expected = try #require(golden["sparsity"])
    #expect(corpus.rowCount == 14)
    let sparsity = Sparsity(of: corpus)
    #expect(sparsity.activeDimensions == expected["corpus"]?["active_dims"]?.double)
    #expect(sparsity.sparsityRatio == expected["corpus"]?["sparsity_ratio"]?.double)
    #expect(corpus.columnCounts == expected["count_vector"]?.array?.compactMap(\.int))
  }

  @Test func `a matrix without rows or weights is wholly sparse`() throws {
    #expect(Sparsity(of: SparseMatrix(columnCount: 8)).sparsityRatio == 1)
    let zero = try SparseMatrix(
      columnCount: 8,
      rows: [SparseVector(dense: [0, 0, 0])].map {
        try SparseVector(dimension: 8, indices: $0.indices, values: $0.values)
      })
    #expect(Sparsity(of: zero) == Sparsity(activeDimensions: 0, sparsityRatio: 1))
  }
}

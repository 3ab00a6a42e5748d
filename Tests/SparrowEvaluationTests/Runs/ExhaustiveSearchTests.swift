import SparrowCore
import SparrowEvaluation
import SparrowTestSupport
import Testing

@Suite struct ExhaustiveSearchTests {
  @Test(arguments: SimilarityFunction.allCases, [1, 7, 40, 300])
  func `the best documents equal those of a full sort`(
    function: SimilarityFunction, depth: Int
  ) throws {
    var generator = MersenneTwister(seed: 5)
    let queries = try randomMatrix(rowCount: 6, &generator)
    let documents = try randomMatrix(rowCount: 150, &generator)
    let ids = generator.permutation(150).map { DocumentID("d\($0)") }
    var search = try ExhaustiveSearch(
      queries: queries, documentIDs: ids, depth: depth, function: function)
    for start in stride(from: 0, to: 150, by: 37) {
      try search.add(documents.selectingRows(Array(start..<min(start + 37, 150))))
    }
    let queryIDs = (0..<6).map { QueryID("q\($0)") }
    let run = try search.run(queryIDs: queryIDs)
    for row in 0..<6 {
      let expected = try (0..<150).map {
        ScoredDocument(id: ids[$0], score: Double(try function(queries[row], documents[$0])))
      }.sorted(by: ScoredDocument.precedes).prefix(depth)
      #expect(run[queryIDs[row]] == Array(expected))
    }
  }

  @Test func `documents without a shared term are ranked by identifier`() throws {
    let queries = try SparseMatrix(columnCount: 3, rows: [SparseVector(dense: [1, 0, 0])])
    let documents = try SparseMatrix(
      columnCount: 3,
      rows: [[0, 1, 0], [2, 0, 0], [0, 0, 0], [0, 0, 3]].map { SparseVector(dense: $0) })
    var search = try ExhaustiveSearch(
      queries: queries, documentIDs: ["z", "m", "é", "B"], depth: 3)
    try search.add(documents)
    #expect(try search.run(queryIDs: ["q"])["q"].map(\.id) == ["m", "B", "z"])
  }

  @Test func `misuse is refused`() throws {
    let queries = try SparseMatrix(columnCount: 2, rows: [SparseVector(dense: [1, 0])])
    let documents = try SparseMatrix(columnCount: 2, rows: [SparseVector(dense: [1, 1])])
    #expect(throws: EvaluationError.self) {
      try ExhaustiveSearch(queries: queries, documentIDs: ["a", "a"], depth: 1)
    }
    #expect(throws: EvaluationError.self) {
      try ExhaustiveSearch(queries: queries, documentIDs: ["a"], depth: 0)
    }
    var search = try ExhaustiveSearch(queries: queries, documentIDs: ["a"], depth: 1)
    #expect(throws: EvaluationError.self) { try search.run(queryIDs: ["q"]) }
    let wide = try SparseMatrix(columnCount: 3, rows: [SparseVector(dense: [1, 1, 1])])
    #expect(throws: EvaluationError.self) { try search.add(wide) }
    let broken = try SparseMatrix(columnCount: 2, rows: [SparseVector(dense: [.nan, 1])])
    let error = #expect(throws: EvaluationError.self) { try search.add(broken) }
    #expect(error?.message.contains("document 0") == true)
    try search.add(documents)
    #expect(throws: EvaluationError.self) { try search.add(documents) }
    #expect(throws: EvaluationError.self) { try search.run(queryIDs: ["q", "r"]) }
  }

  /// Few distinct weights, so that equal scores are common.
  private func randomMatrix(
    rowCount: Int, _ generator: inout MersenneTwister
  ) throws -> SparseMatrix {
    var rows: [SparseVector] = []
    for _ in 0..<rowCount {
      let active = generator.permutation(30).prefix(Int(generator.next() % 6)).sorted()
      let values = active.map { _ in Float(generator.next() % 3 + 1) / 2 }
      rows.append(
        try SparseVector(dimension: 30, indices: active.map { TokenID($0) }, values: values))
    }
    return try SparseMatrix(columnCount: 30, rows: rows)
  }
}

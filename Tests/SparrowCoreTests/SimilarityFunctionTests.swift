import SparrowCore
import SparrowTestSupport
import Testing

@Suite struct SimilarityFunctionTests {
  @Test(arguments: SimilarityFunction.allCases)
  func `matrices equal the dense formula`(function: SimilarityFunction) throws {
    var generator = MersenneTwister(seed: 11)
    let left = try randomMatrix(rowCount: 9, columnCount: 300, &generator)
    let right = try randomMatrix(rowCount: 14, columnCount: 300, &generator)
    let found = try function.matrix(left, right)
    for row in 0..<left.rowCount {
      let expected = (0..<right.rowCount).map {
        denseSimilarity(function, left[row].dense, right[$0].dense)
      }
      let difference = compare(
        found[row].map(Double.init), with: expected, absolute: 1e-6, relative: 1e-6)
      #expect(difference.isWithinTolerance, "\(difference)")
    }
  }

  @Test(arguments: SimilarityFunction.allCases)
  func `pairs equal the diagonal of the matrix`(function: SimilarityFunction) throws {
    var generator = MersenneTwister(seed: 12)
    let left = try randomMatrix(rowCount: 12, columnCount: 200, &generator)
    let right = try randomMatrix(rowCount: 12, columnCount: 200, &generator)
    let matrix = try function.matrix(left, right)
    #expect(try function.pairwise(left, right) == (0..<12).map { matrix[$0][$0] })
  }

  @Test func `a vector has no distance from itself`() throws {
    var generator = MersenneTwister(seed: 13)
    let matrix = try randomMatrix(rowCount: 5, columnCount: 400, &generator)
    for function in [SimilarityFunction.euclidean, .manhattan] {
      #expect(try function.pairwise(matrix, matrix) == [0, 0, 0, 0, 0])
    }
  }

  @Test func `an empty vector has cosine zero`() throws {
    let empty = try SparseVector(dimension: 4, indices: [], values: [])
    let other = try SparseVector(dimension: 4, indices: [1], values: [2])
    #expect(try SimilarityFunction.cosine(empty, other) == 0)
    #expect(try SimilarityFunction.cosine(empty, empty) == 0)
  }

  @Test func `vectors of different spaces are refused`() throws {
    let left = SparseMatrix(columnCount: 4)
    let narrow = try SparseMatrix(columnCount: 3, rows: [SparseVector(dense: [1, 0, 2])])
    let wide = try SparseMatrix(columnCount: 4, rows: [SparseVector(dense: [1, 0, 2, 0])])
    #expect(throws: CoreError.self) { try SimilarityFunction.dot.matrix(narrow, wide) }
    #expect(throws: CoreError.self) { try SimilarityFunction.dot.pairwise(wide, narrow) }
    #expect(throws: CoreError.self) { try SimilarityFunction.dot.pairwise(left, wide) }
  }

  @Test(arguments: SimilarityFunction.allCases)
  func `similarities of real embeddings equal the reference's`(
    function: SimilarityFunction
  ) throws {
    let golden = try Fixtures.golden("splade_encode")
    let similarity = try #require(golden["similarity"])
    let texts = try #require(golden["texts"]?.array)
    let rows = try #require(similarity["names"]?.array).map { name in
      let text = try #require(texts.first { $0["name"] == name })
      return try SparseVector(
        dimension: 30_522,
        indices: try #require(text["relu_max"]?["indices"]?.array).compactMap {
          $0.int.map { TokenID($0) }
        },
        values: try #require(text["relu_max"]?["weights"]?.array).compactMap {
          $0.double.map { Float($0) }
        })
    }
    let matrix = try SparseMatrix(columnCount: 30_522, rows: rows)
    let expected = try #require(similarity[function.rawValue]?.array)
    let found = try function.matrix(matrix, matrix)
    for (row, numbers) in expected.enumerated() {
      let difference = compare(
        found[row].map(Double.init), with: try #require(numbers.array).compactMap(\.double),
        absolute: 1e-4)
      #expect(difference.isWithinTolerance, "row \(row): \(difference)")
    }
    #expect(expected.count == found.count)
  }

  private func randomMatrix(
    rowCount: Int, columnCount: Int, _ generator: inout MersenneTwister
  ) throws -> SparseMatrix {
    var rows: [SparseVector] = []
    for _ in 0..<rowCount {
      let active = generator.permutation(columnCount).prefix(40).sorted()
      let values = active.map { _ in Float(generator.next() % 2000) / 500 - 1.5 }
      rows.append(
        try SparseVector(
          dimension: columnCount, indices: active.map { TokenID($0) }, values: values))
    }
    return try SparseMatrix(columnCount: columnCount, rows: rows)
  }

  private func denseSimilarity(
    _ function: SimilarityFunction, _ left: [Float], _ right: [Float]
  ) -> Double {
    let pairs = zip(left.map(Double.init), right.map(Double.init))
    let dot = pairs.reduce(0.0) { $0 + $1.0 * $1.1 }
    switch function {
    case .dot: return dot
    case .cosine:
      let lengths = [left, right].map { $0.reduce(0.0) { $0 + Double($1) * Double($1) } }
      return dot / (lengths[0] * lengths[1]).squareRoot()
    case .euclidean:
      return -pairs.reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    case .manhattan: return -pairs.reduce(0.0) { $0 + abs($1.0 - $1.1) }
    }
  }
}

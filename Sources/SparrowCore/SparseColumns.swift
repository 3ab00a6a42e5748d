/// The rows of a sparse matrix stored by column: for every dimension, the rows that have a weight
/// there (an inverted index in memory).
///
/// Scoring one vector against all rows touches only the lists of that vector's own dimensions, so
/// that `n` queries against `N` rows never need a dense `[n, V]` or `[N, V]` matrix. Memory is 8 bytes
/// a stored weight and 8 a column.
public struct SparseColumns: Sendable {
  /// The number of rows, `N`.
  public let rowCount: Int
  /// The size of the space, `V`.
  public let columnCount: Int
  private let columnOffsets: [Int]
  private let rows: [UInt32]
  private let values: [Float]
  private let squaredNorms: [Double]
  private let absoluteSums: [Double]

  /// Sorts the entries of a matrix by column.
  public init(_ matrix: SparseMatrix) {
    rowCount = matrix.rowCount
    columnCount = matrix.columnCount
    var offsets = [Int](repeating: 0, count: matrix.columnCount + 1)
    for index in matrix.indices { offsets[Int(index) + 1] += 1 }
    for column in 0..<matrix.columnCount { offsets[column + 1] += offsets[column] }
    var next = offsets
    var rows = [UInt32](repeating: 0, count: matrix.storedCount)
    var values = [Float](repeating: 0, count: matrix.storedCount)
    var squaredNorms = [Double](repeating: 0, count: matrix.rowCount)
    var absoluteSums = [Double](repeating: 0, count: matrix.rowCount)
    for row in 0..<matrix.rowCount {
      for entry in matrix.rowOffsets[row]..<matrix.rowOffsets[row + 1] {
        let value = matrix.values[entry]
        let column = Int(matrix.indices[entry])
        rows[next[column]] = UInt32(row)
        values[next[column]] = value
        next[column] += 1
        squaredNorms[row] += Double(value) * Double(value)
        absoluteSums[row] += Double(abs(value))
      }
    }
    self.columnOffsets = offsets
    self.rows = rows
    self.values = values
    self.squaredNorms = squaredNorms
    self.absoluteSums = absoluteSums
  }

  /// Compares one vector with every row, term at a time.
  ///
  /// Sums are kept in float64 and rounded once, so the result does not depend on how rows are
  /// grouped into matrices.
  ///
  /// - Parameters:
  ///   - query: the vector; its dimension must be `columnCount`.
  ///   - function: how two vectors are compared.
  ///   - scores: receives one number a row; reused between calls to save allocations.
  /// - Throws: ``CoreError`` when the dimensions differ.
  public func score(
    _ query: SparseVector, with function: SimilarityFunction, into scores: inout [Double]
  ) throws(CoreError) {
    guard query.dimension == columnCount else {
      throw CoreError(
        .invalidData,
        "Vectors to be compared must have the same dimension; found \(query.dimension) and \(columnCount). Were they made by different models?"
      )
    }
    scores.removeAll(keepingCapacity: true)
    scores.append(contentsOf: repeatElement(0, count: rowCount))
    for (index, weight) in zip(query.indices, query.values) {
      let range = columnOffsets[Int(index)]..<columnOffsets[Int(index) + 1]
      if function == .manhattan {
        for entry in range {
          scores[Int(rows[entry])] += function.sharedPart(weight, values[entry])
        }
      } else {
        let weight = Double(weight)
        for entry in range { scores[Int(rows[entry])] += weight * Double(values[entry]) }
      }
    }
    if function == .dot {
      for row in scores.indices { scores[row] = Double(Float(scores[row])) }
      return
    }
    let norms = VectorNorms(query)
    for row in scores.indices {
      let rowNorms = VectorNorms(squared: squaredNorms[row], absoluteSum: absoluteSums[row])
      scores[row] = Double(function.finish(scores[row], norms, rowNorms))
    }
  }
}

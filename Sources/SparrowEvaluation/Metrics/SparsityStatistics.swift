import SparrowCore

/// Gathers how sparse queries or documents are over several matrices.
struct SparsityStatistics {
  /// The number of vectors seen.
  private(set) var vectorCount = 0
  /// For every dimension, the number of vectors with a weight there.
  private(set) var columnCounts: [Int] = []
  private var weightedActiveDimensions = 0.0
  private var weightedSparsityRatio = 0.0

  /// Adds the rows of a matrix.
  mutating func add(_ matrix: SparseMatrix) {
    let sparsity = Sparsity(of: matrix)
    weightedActiveDimensions += sparsity.activeDimensions * Double(matrix.rowCount)
    weightedSparsityRatio += sparsity.sparsityRatio * Double(matrix.rowCount)
    vectorCount += matrix.rowCount
    let counts = matrix.columnCounts
    if columnCounts.isEmpty {
      columnCounts = counts
    } else {
      for column in counts.indices { columnCounts[column] += counts[column] }
    }
  }

  /// Adds what another set of vectors of the same space gathered.
  mutating func add(_ other: SparsityStatistics) {
    weightedActiveDimensions += other.weightedActiveDimensions
    weightedSparsityRatio += other.weightedSparsityRatio
    vectorCount += other.vectorCount
    if columnCounts.isEmpty {
      columnCounts = other.columnCounts
    } else {
      for column in other.columnCounts.indices {
        columnCounts[column] += other.columnCounts[column]
      }
    }
  }

  /// The means over all vectors, each matrix rounded to float32 as the reference does.
  var sparsity: Sparsity {
    guard vectorCount > 0 else { return Sparsity(activeDimensions: 0, sparsityRatio: 1) }
    return Sparsity(
      activeDimensions: weightedActiveDimensions / Double(vectorCount),
      sparsityRatio: weightedSparsityRatio / Double(vectorCount))
  }

  /// The expected number of multiplications for one query and one document,
  /// `Σⱼ (share of queries with j) · (share of documents with j)`.
  ///
  /// Computed in float32 in eight partial sums, as vectorised kernels do.
  static func averageFLOPS(queries: SparsityStatistics, documents: SparsityStatistics) -> Double {
    guard queries.vectorCount > 0, documents.vectorCount > 0 else { return 0 }
    var sums = SIMD8<Float>()
    for (column, counts) in zip(queries.columnCounts, documents.columnCounts).enumerated() {
      let queryShare = Float(counts.0) / Float(queries.vectorCount)
      let documentShare = Float(counts.1) / Float(documents.vectorCount)
      sums[column % 8] += queryShare * documentShare
    }
    let quarters = sums.lowHalf + sums.highHalf
    return Double((quarters[0] + quarters[1]) + (quarters[2] + quarters[3]))
  }
}

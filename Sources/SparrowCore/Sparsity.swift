/// How sparse a set of vectors is, with the reference's rounding to float32.
public struct Sparsity: Sendable, Hashable {
  /// Mean number of stored weights a vector.
  public let activeDimensions: Double
  /// `1 - activeDimensions / dimension`.
  public let sparsityRatio: Double

  /// Makes the statistics from their numbers.
  public init(activeDimensions: Double, sparsityRatio: Double) {
    self.activeDimensions = activeDimensions
    self.sparsityRatio = sparsityRatio
  }

  /// Measures a matrix; one without rows has no active dimensions and a ratio of 1.
  public init(of matrix: SparseMatrix) {
    guard matrix.rowCount > 0 else {
      self.init(activeDimensions: 0, sparsityRatio: 1)
      return
    }
    // The mean is a float32 in the reference, the ratio is computed from it in float64.
    let active = Double(Float(matrix.storedCount) / Float(matrix.rowCount))
    self.init(
      activeDimensions: active, sparsityRatio: 1 - active / Double(matrix.columnCount))
  }
}

/// How two vectors are compared; a higher result always means closer.
///
/// Sums over shared dimensions are kept in float64 and rounded to float32 once. The reference works
/// in float32 throughout, which moves results by about 1e-6, and the Euclidean similarity of a
/// vector with itself by up to 3e-3.
///
/// ```swift
/// let scores = try SimilarityFunction.dot.matrix(queries, documents)
/// print(scores[0][3])  // the first query against the fourth document
/// ```
public enum SimilarityFunction: String, Sendable, Hashable, CaseIterable, Codable {
  /// The sum of products, `Σ aᵢbᵢ`.
  case dot
  /// The dot product of the vectors divided by their Euclidean lengths; 0 for a vector without weights.
  case cosine
  /// The negated Euclidean distance, `-‖a - b‖₂`.
  case euclidean
  /// The negated sum of absolute differences, `-Σ |aᵢ - bᵢ|`.
  case manhattan

  /// Whether this is a negated distance.
  public var isNegatedDistance: Bool { self == .euclidean || self == .manhattan }

  /// Compares two vectors.
  ///
  /// - Throws: ``CoreError`` when their dimensions differ.
  public func callAsFunction(
    _ left: SparseVector, _ right: SparseVector
  ) throws(CoreError) -> Float {
    guard left.dimension == right.dimension else {
      throw CoreError(
        .invalidData,
        "Vectors to be compared must have the same dimension; found \(left.dimension) and \(right.dimension). Were they made by different models?"
      )
    }
    var shared = 0.0
    left.forEachShared(with: right) { _, first, second in shared += sharedPart(first, second) }
    return finish(shared, VectorNorms(left), VectorNorms(right))
  }

  /// Compares every row of one matrix with every row of another.
  ///
  /// - Returns: as many arrays as `left` has rows, each with one number for every row of `right`.
  /// - Throws: ``CoreError`` when the widths differ.
  public func matrix(
    _ left: SparseMatrix, _ right: SparseMatrix
  ) throws(CoreError) -> [[Float]] {
    let columns = SparseColumns(right)
    var scores: [Double] = []
    var result: [[Float]] = []
    result.reserveCapacity(left.rowCount)
    for row in 0..<left.rowCount {
      try columns.score(left[row], with: self, into: &scores)
      result.append(scores.map { Float($0) })
    }
    return result
  }

  /// Compares row `i` of one matrix with row `i` of another.
  ///
  /// - Throws: ``CoreError`` when the widths or the numbers of rows differ.
  public func pairwise(
    _ left: SparseMatrix, _ right: SparseMatrix
  ) throws(CoreError) -> [Float] {
    guard left.rowCount == right.rowCount else {
      throw CoreError(
        .invalidData,
        "Rows are compared one to one, so both matrices need as many; found \(left.rowCount) and \(right.rowCount)."
      )
    }
    var result: [Float] = []
    result.reserveCapacity(left.rowCount)
    for row in 0..<left.rowCount { result.append(try self(left[row], right[row])) }
    return result
  }

  /// What one dimension that both vectors store adds to the sum from which ``finish(_:_:_:)``
  /// makes the result.
  @inline(__always)
  func sharedPart(_ left: Float, _ right: Float) -> Double {
    guard self == .manhattan else { return Double(left) * Double(right) }
    // |a - b| = |a| + |b| - this, so that dimensions stored on one side only need no visit.
    let (left, right) = (Double(left), Double(right))
    return abs(left) + abs(right) - abs(left - right)
  }

  /// Makes the result from the sum over shared dimensions and what is known of each vector.
  func finish(_ shared: Double, _ left: VectorNorms, _ right: VectorNorms) -> Float {
    switch self {
    case .dot: return Float(shared)
    case .cosine:
      let lengths = (left.squared * right.squared).squareRoot()
      return lengths > 0 ? Float(shared / lengths) : 0
    case .euclidean:
      return -Float(max(left.squared - 2 * shared + right.squared, 0).squareRoot())
    case .manhattan: return -Float(max(left.absoluteSum + right.absoluteSum - shared, 0))
    }
  }
}

/// Sums over one vector that the similarity functions need.
struct VectorNorms {
  /// `Σ aᵢ²`.
  let squared: Double
  /// `Σ |aᵢ|`.
  let absoluteSum: Double

  init(squared: Double, absoluteSum: Double) {
    self.squared = squared
    self.absoluteSum = absoluteSum
  }

  init(_ vector: SparseVector) {
    var squared = 0.0
    var absoluteSum = 0.0
    for value in vector.values {
      squared += Double(value) * Double(value)
      absoluteSum += Double(abs(value))
    }
    self.init(squared: squared, absoluteSum: absoluteSum)
  }
}

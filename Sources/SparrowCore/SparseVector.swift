/// A vector over a vocabulary that stores only its non-zero weights.
///
/// Invariant: indices ascend strictly and lie below `dimension`; there are as many values as indices.
public struct SparseVector: Sendable, Hashable {
  /// The size of the space, `V`.
  public let dimension: Int
  /// Positions of the stored weights, strictly ascending.
  public let indices: [TokenID]
  /// The weight at each position of `indices`.
  public let values: [Float]

  /// Makes a vector and checks its invariant.
  ///
  /// - Throws: ``CoreError`` when the counts differ, or an index repeats, descends or is too large.
  public init(dimension: Int, indices: [TokenID], values: [Float]) throws(CoreError) {
    guard indices.count == values.count else {
      throw CoreError(
        .invalidData,
        "A sparse vector needs one value for each index; found \(indices.count) indices and \(values.count) values."
      )
    }
    var previous = -1
    for (position, index) in indices.enumerated() {
      guard Int(index) > previous, Int(index) < dimension else {
        throw CoreError(
          .invalidData,
          "Indices of a sparse vector must ascend strictly and stay below \(dimension); found \(index) at position \(position) after \(previous)."
        )
      }
      previous = Int(index)
    }
    self.init(uncheckedDimension: dimension, indices: indices, values: values)
  }

  /// Makes a vector from parts that are known to keep the invariant.
  package init(uncheckedDimension dimension: Int, indices: [TokenID], values: [Float]) {
    self.dimension = dimension
    self.indices = indices
    self.values = values
  }

  /// Collects the non-zero entries of a dense vector.
  public init(dense: [Float]) {
    var indices: [TokenID] = []
    var values: [Float] = []
    for (index, value) in dense.enumerated() where value != 0 {
      indices.append(TokenID(index))
      values.append(value)
    }
    self.init(uncheckedDimension: dense.count, indices: indices, values: values)
  }

  /// The number of stored weights ("active dimensions", L0).
  public var activeCount: Int { indices.count }

  /// The vector with every position written out, `dimension` numbers.
  public var dense: [Float] {
    var result = [Float](repeating: 0, count: dimension)
    for (index, value) in zip(indices, values) { result[Int(index)] = value }
    return result
  }

  /// The weight at one position, zero when none is stored.
  public subscript(index: TokenID) -> Float {
    var low = 0
    var high = indices.count
    while low < high {
      let middle = (low + high) / 2
      if indices[middle] < index { low = middle + 1 } else { high = middle }
    }
    return low < indices.count && indices[low] == index ? values[low] : 0
  }

  /// The dot product, accumulated in float64 and rounded once.
  public func dot(_ other: SparseVector) -> Float {
    var total = 0.0
    forEachShared(with: other) { _, left, right in total += Double(left) * Double(right) }
    return Float(total)
  }

  /// Element-wise products that are above zero (the reference's `intersection`).
  public func intersection(_ other: SparseVector) -> SparseVector {
    var indices: [TokenID] = []
    var values: [Float] = []
    forEachShared(with: other) { index, left, right in
      let product = left * right
      if product > 0 {
        indices.append(index)
        values.append(product)
      }
    }
    return SparseVector(uncheckedDimension: dimension, indices: indices, values: values)
  }

  /// Keeps the `count` entries of largest absolute value; of equal ones the lower index.
  public func keepingLargest(_ count: Int) -> SparseVector {
    guard count < indices.count else { return self }
    let kept = indices.indices.sorted {
      let left = abs(values[$0])
      let right = abs(values[$1])
      return left != right ? left > right : $0 < $1
    }.prefix(count).sorted()
    return SparseVector(
      uncheckedDimension: dimension, indices: kept.map { indices[$0] },
      values: kept.map { values[$0] })
  }

  /// Calls `body` for every index at which both vectors store a weight, in ascending order.
  public func forEachShared(with other: SparseVector, _ body: (TokenID, Float, Float) -> Void) {
    var left = 0
    var right = 0
    while left < indices.count, right < other.indices.count {
      let leftIndex = indices[left]
      let rightIndex = other.indices[right]
      if leftIndex == rightIndex {
        body(leftIndex, values[left], other.values[right])
        left += 1
        right += 1
      } else if leftIndex < rightIndex {
        left += 1
      } else {
        right += 1
      }
    }
  }
}

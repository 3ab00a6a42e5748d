/// Sparse vectors of one space stored one after another (compressed sparse rows).
///
/// Row `r` occupies `rowOffsets[r]..<rowOffsets[r + 1]` of `indices` and `values`; within a row the
/// indices ascend strictly.
public struct SparseMatrix: Sendable, Hashable {
  /// The size of the space, `V`.
  public let columnCount: Int
  /// `rowCount + 1` ascending offsets, the first 0.
  public private(set) var rowOffsets: [Int]
  /// Column of each stored weight.
  public private(set) var indices: [TokenID]
  /// Each stored weight.
  public private(set) var values: [Float]

  /// Makes a matrix without rows.
  public init(columnCount: Int) {
    self.columnCount = columnCount
    self.rowOffsets = [0]
    self.indices = []
    self.values = []
  }

  /// Makes a matrix from parts that are known to keep the invariant.
  package init(
    uncheckedColumnCount columnCount: Int, rowOffsets: [Int], indices: [TokenID], values: [Float]
  ) {
    self.columnCount = columnCount
    self.rowOffsets = rowOffsets
    self.indices = indices
    self.values = values
  }

  /// Makes a matrix from vectors of equal dimension.
  ///
  /// - Throws: ``CoreError`` when a vector has another dimension.
  public init(columnCount: Int, rows: [SparseVector]) throws(CoreError) {
    self.init(columnCount: columnCount)
    for row in rows { try append(row) }
  }

  /// The number of rows.
  public var rowCount: Int { rowOffsets.count - 1 }
  /// The number of stored weights of all rows.
  public var storedCount: Int { indices.count }

  /// One row as a vector (copies its entries).
  public subscript(row: Int) -> SparseVector {
    let range = rowOffsets[row]..<rowOffsets[row + 1]
    return SparseVector(
      uncheckedDimension: columnCount, indices: Array(indices[range]), values: Array(values[range]))
  }

  /// The stored entries of one row, without copying.
  public func entries(ofRow row: Int) -> (indices: ArraySlice<TokenID>, values: ArraySlice<Float>) {
    let range = rowOffsets[row]..<rowOffsets[row + 1]
    return (indices[range], values[range])
  }

  /// Appends a vector as the last row.
  ///
  /// - Throws: ``CoreError`` when its dimension is not `columnCount`.
  public mutating func append(_ row: SparseVector) throws(CoreError) {
    guard row.dimension == columnCount else {
      throw CoreError(
        .invalidData,
        "A row of a matrix with \(columnCount) columns must have that dimension; found \(row.dimension)."
      )
    }
    indices.append(contentsOf: row.indices)
    values.append(contentsOf: row.values)
    rowOffsets.append(indices.count)
  }

  /// Appends all rows of another matrix of the same width.
  ///
  /// - Throws: ``CoreError`` when the widths differ.
  public mutating func append(_ other: SparseMatrix) throws(CoreError) {
    guard other.columnCount == columnCount else {
      throw CoreError(
        .invalidData,
        "Matrices to be joined must have the same width; found \(columnCount) and \(other.columnCount) columns."
      )
    }
    let base = indices.count
    indices.append(contentsOf: other.indices)
    values.append(contentsOf: other.values)
    rowOffsets.append(contentsOf: other.rowOffsets.dropFirst().map { $0 + base })
  }

  /// The matrix whose row `i` is this matrix's row `order[i]`.
  public func selectingRows(_ order: [Int]) -> SparseMatrix {
    var offsets = [0]
    offsets.reserveCapacity(order.count + 1)
    var total = 0
    for row in order {
      total += rowOffsets[row + 1] - rowOffsets[row]
      offsets.append(total)
    }
    var newIndices: [TokenID] = []
    var newValues: [Float] = []
    newIndices.reserveCapacity(total)
    newValues.reserveCapacity(total)
    for row in order {
      let range = rowOffsets[row]..<rowOffsets[row + 1]
      newIndices.append(contentsOf: indices[range])
      newValues.append(contentsOf: values[range])
    }
    return SparseMatrix(
      uncheckedColumnCount: columnCount, rowOffsets: offsets, indices: newIndices,
      values: newValues)
  }

  /// For every column, the number of rows that store a weight there.
  public var columnCounts: [Int] {
    var counts = [Int](repeating: 0, count: columnCount)
    for index in indices { counts[Int(index)] += 1 }
    return counts
  }

  /// Every row's ``SparseVector/keepingLargest(_:)``.
  public func keepingLargest(_ count: Int) -> SparseMatrix {
    var result = SparseMatrix(columnCount: columnCount)
    for row in 0..<rowCount {
      let vector = self[row].keepingLargest(count)
      result.indices.append(contentsOf: vector.indices)
      result.values.append(contentsOf: vector.values)
      result.rowOffsets.append(result.indices.count)
    }
    return result
  }
}

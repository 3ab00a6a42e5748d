/// Dense vectors of one size, one row for each text.
public struct DenseMatrix: Sendable, Hashable {
  /// The number of rows.
  public let rowCount: Int
  /// The size of the vectors.
  public let columnCount: Int
  /// The numbers row by row.
  public private(set) var values: [Float]

  /// Makes a matrix of numbers row by row.
  ///
  /// - Throws: ``CoreError`` when the numbers do not fill rows.
  public init(columnCount: Int, values: [Float]) throws(CoreError) {
    guard columnCount > 0, values.count % columnCount == 0 else {
      throw CoreError(
        .usage,
        "Rows of \(columnCount) numbers need a multiple of as many; found \(values.count) numbers.")
    }
    rowCount = values.count / columnCount
    self.columnCount = columnCount
    self.values = values
  }

  /// Makes a matrix of zeros.
  package init(rowCount: Int, columnCount: Int) {
    self.rowCount = rowCount
    self.columnCount = columnCount
    values = [Float](repeating: 0, count: rowCount * columnCount)
  }

  /// One row.
  public subscript(row: Int) -> ArraySlice<Float> {
    values[(row * columnCount)..<((row + 1) * columnCount)]
  }

  /// Replaces one row by another of the same size.
  package mutating func setRow(_ row: Int, _ newValues: ArraySlice<Float>) {
    let range = (row * columnCount)..<((row + 1) * columnCount)
    values.replaceSubrange(range, with: newValues)
  }
}

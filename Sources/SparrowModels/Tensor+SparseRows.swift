import SparrowCore
import SparrowTensor

extension Tensor {
  /// The non-zero elements of a matrix `[rows, columns]` as sparse rows.
  func sparseRows() throws(TensorError) -> SparseMatrix {
    let columnCount = shape[1]
    let rowCount = shape[0]
    let elements = try values(as: Float.self)
    var offsets = [0]
    var indices: [TokenID] = []
    var weights: [Float] = []
    offsets.reserveCapacity(rowCount + 1)
    for row in 0..<rowCount {
      let start = row * columnCount
      for column in 0..<columnCount where elements[start + column] != 0 {
        indices.append(TokenID(column))
        weights.append(elements[start + column])
      }
      offsets.append(indices.count)
    }
    return SparseMatrix(
      uncheckedColumnCount: columnCount, rowOffsets: offsets, indices: indices, values: weights)
  }
}

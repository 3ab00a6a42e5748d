import SparrowCore
import SparrowTensor

extension Tensor {
  /// Rows divided by their length; rows shorter than 1e-12 by that.
  func normalizedRows() throws -> Tensor {
    let lengths = try norm(-1, keepsDimensions: true).clamped(minimum: 1e-12)
    return try self / lengths
  }
}

extension SimilarityFunction {
  /// The name of the reference's function over two matrices.
  var referenceName: String {
    switch self {
    case .dot: "dot_score"
    case .cosine: "cos_sim"
    case .euclidean: "euclidean_sim"
    case .manhattan: "manhattan_sim"
    }
  }

  /// Compares every row of one matrix with every row of another: `[rows, other rows]`, recorded.
  func matrix(_ left: Tensor, _ right: Tensor) throws -> Tensor {
    switch self {
    case .dot:
      return try left.matmul(right.transposed(0, 1))
    case .cosine:
      return try left.normalizedRows().matmul(right.normalizedRows().transposed(0, 1))
    case .euclidean:
      return try differences(left, right).norm(2).negated()
    case .manhattan:
      return try differences(left, right).absolute().sum(2).negated()
    }
  }

  /// Compares row `i` of one matrix with row `i` of another: `[rows]`, recorded.
  func pairwise(_ left: Tensor, _ right: Tensor) throws -> Tensor {
    switch self {
    case .dot: return try (left * right).sum(-1)
    case .cosine: return try (left.normalizedRows() * right.normalizedRows()).sum(-1)
    case .euclidean: return try (left - right).norm(-1).negated()
    case .manhattan: return try (left - right).absolute().sum(-1).negated()
    }
  }

  private func differences(_ left: Tensor, _ right: Tensor) throws -> Tensor {
    let rows = try left.unsqueezed(1)
    let others = try right.unsqueezed(0)
    return try rows - others
  }
}

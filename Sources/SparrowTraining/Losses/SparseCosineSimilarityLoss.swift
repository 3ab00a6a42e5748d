public import SparrowCore
public import SparrowTensor

/// The cosine of two texts must equal their label: the mean of `(cos - label)²`.
///
/// Labels lie in -1...1, or 0...1 for vectors without negative weights; they are rounded to float32
/// first, as the reference does.
public struct SparseCosineSimilarityLoss: EmbeddingLoss, Sendable {
  /// The name in recipes and logs.
  public var name: String { "SparseCosineSimilarityLoss" }
  /// Cosine, as in the reference.
  public var impliedSimilarity: SimilarityFunction? { .cosine }
  /// The columns and labels it needs.
  public var requirement: ColumnRequirement {
    ColumnRequirement(from: 2, to: 2, ["text", "text"], label: .score)
  }

  /// Below this length a vector counts as having it.
  private static let shortestLength = 1e-8

  /// Makes the loss.
  public init() {}

  /// The loss of one batch; see ``EmbeddingLoss/callAsFunction(_:labels:)``.
  public func callAsFunction(_ columns: [Tensor], labels: Tensor?) throws -> Tensor {
    try check(columns, labels: labels)
    let (left, right) = (columns[0], columns[1])
    let targets = try flatLabels(labels, rows: left.shape[0]).to(.float32).to(left.dtype)
    let leftLength = try left.norm(1).clamped(minimum: Self.shortestLength)
    let rightLength = try right.norm(1).clamped(minimum: Self.shortestLength)
    let cosine = try (left * right).sum(1) / (leftLength * rightLength)
    return try (cosine - targets).squared().mean()
  }
}

public import SparrowCore
public import SparrowTensor

/// ``SparseCoSENTLoss`` with a similarity that does not saturate near ±1: the angle between vectors
/// read as complex numbers (Li & Li 2023).
///
/// Rows are scaled to length 1 and cut into halves, real and imaginary parts (an odd number of
/// dimensions gets a zero); the similarity is `|Σ x·y + Σ (x_last·y_first - x_first·y_last)|`.
public struct SparseAnglELoss: EmbeddingLoss, Sendable {
  /// What similarities are multiplied by, 20 by default.
  public let scale: Double

  /// The name in recipes and logs.
  public var name: String { "SparseAnglELoss" }
  /// Its settings by the names that recipes use.
  public var options: JSONObject {
    JSONObject([("scale", .number(scale))])
  }
  /// Cosine, as in the reference.
  public var impliedSimilarity: SimilarityFunction? { .cosine }
  /// The columns and labels it needs.
  public var requirement: ColumnRequirement {
    ColumnRequirement(from: 2, to: 2, ["text", "text"], label: .score)
  }

  /// Makes the loss.
  ///
  /// - Throws: ``TrainingError/Code/invalidArgument`` when the scale is not positive.
  public init(scale: Double = 20) throws(TrainingError) {
    guard scale > 0, scale.isFinite else {
      throw TrainingError(
        .invalidArgument, "SparseAnglELoss needs a scale above 0; found \(scale).")
    }
    self.scale = scale
  }

  /// The loss of one batch; see ``EmbeddingLoss/callAsFunction(_:labels:)``.
  public func callAsFunction(_ columns: [Tensor], labels: Tensor?) throws -> Tensor {
    try check(columns, labels: labels)
    let scores = try angle(columns[0], columns[1]) * scale
    let labels = try flatLabels(labels, rows: scores.count)
    return try orderLoss(scores, labels: labels)
  }

  private func angle(_ left: Tensor, _ right: Tensor) throws -> Tensor {
    let (left, right) = (try evenRows(left), try evenRows(right))
    let width = left.shape[1]
    let (leftFirst, leftLast) = (
      try left.narrowed(1, 0..<(width / 2)), try left.narrowed(1, (width / 2)..<width)
    )
    let (rightFirst, rightLast) = (
      try right.narrowed(1, 0..<(width / 2)), try right.narrowed(1, (width / 2)..<width)
    )
    let cosine = try (left * right).sum(1)
    let sine = try (leftLast * rightFirst - leftFirst * rightLast).sum(1)
    return try (cosine + sine).absolute()
  }

  /// Rows of length 1, with a zero at the end when their width is odd.
  private func evenRows(_ rows: Tensor) throws -> Tensor {
    let unit = try rows.normalizedRows()
    let (rowCount, width) = (unit.shape[0], unit.shape[1])
    guard width % 2 == 1 else { return unit }
    let zeros = try Tensor.zeros([rowCount, 1], dtype: unit.dtype).to(unit.device)
    return try Tensor.concatenated([unit, zeros], along: 1)
  }
}

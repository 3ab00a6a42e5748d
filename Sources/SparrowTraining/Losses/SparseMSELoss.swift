public import SparrowTensor

/// Distillation of embeddings: the mean over columns of the mean squared difference between a
/// column's embeddings and the teacher's.
///
/// Inside ``SpladeLoss`` it means the same. The reference breaks there: it compares column `c` with
/// label row `c`, spread over the batch (its wrappers hand the label tensor where a list with one
/// tensor a column is expected).
public struct SparseMSELoss: EmbeddingLoss, Sendable {
  /// The name in recipes and logs.
  public var name: String { "SparseMSELoss" }
  /// The columns and labels it needs.
  public var requirement: ColumnRequirement {
    ColumnRequirement(from: 1, ["text"], label: .embedding)
  }

  /// Makes the loss.
  public init() {}

  /// The loss of one batch; labels are `[batch, vocabulary]`, the target of every column, or
  /// `[batch, columns, vocabulary]`.
  public func callAsFunction(_ columns: [Tensor], labels: Tensor?) throws -> Tensor {
    try check(columns, labels: labels)
    let shape = columns[0].shape
    let shapePerColumn = [shape[0], columns.count, shape[1]]
    guard let labels, labels.shape == shape || labels.shape == shapePerColumn else {
      throw TrainingError(
        .invalidShape,
        "SparseMSELoss needs labels of shape \(shape) (one target for all columns) or \(shapePerColumn) (one for each of the \(columns.count) columns); found shape \(labels?.shape ?? [])."
      )
    }
    let targets = try labels.to(columns[0].dtype)
    let errors = try columns.enumerated().map { index, column in
      let target =
        targets.rank == 2 ? targets : try targets.narrowed(1, index..<(index + 1)).squeezed(1)
      return try (column - target).squared().mean()
    }
    return try Tensor.stacked(errors).mean()
  }
}

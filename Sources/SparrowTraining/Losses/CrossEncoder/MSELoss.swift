import SparrowTensor

/// For cross-encoders: the squared difference between a pair's number and a teacher's.
///
/// Distils a larger cross-encoder or an ensemble. Columns: query, document. Label: the teacher's number
/// before any activation. Reference class of the same name.
public final class MSELoss: TrainingLoss {
  /// The loss's name in recipes and logs.
  public var name: String { "MSELoss" }
  /// A query and a document, and the teacher's number.
  public var requirement: ColumnRequirement {
    ColumnRequirement(from: 2, to: 2, ["query", "document"], label: .score)
  }

  /// Makes the loss.
  public init() {}

  /// Scores each row's pair.
  public func run(_ batch: TrainingBatch, in context: LossContext) throws -> LossReport {
    let labels = try batch.scoreLabels(for: name)
    return try context.runScoring(batch, batch.rowPairs) { scores in
      try (scores - labels).squared().mean()
    }
  }
}

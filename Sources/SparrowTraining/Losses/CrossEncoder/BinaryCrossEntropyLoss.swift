public import SparrowCore
import SparrowTensor

/// For cross-encoders: the cross entropy between a pair's label, from 0 to 1, and the sigmoid of its
/// number.
///
/// Columns: query, document. Label: 1 for pairs that match, 0 for others, or a probability.
/// Reference class of the same name.
public final class BinaryCrossEntropyLoss: TrainingLoss {
  /// How much a matching pair counts against others, 1 by default; where `n` others come to each
  /// matching pair, `n` balances them.
  public let positiveWeight: Double

  /// The loss's name in recipes and logs.
  public var name: String { "BinaryCrossEntropyLoss" }
  /// A query and a document, and whether they match.
  public var requirement: ColumnRequirement {
    ColumnRequirement(from: 2, to: 2, ["query", "document"], label: .score)
  }
  /// Its settings as a recipe has them.
  public var options: JSONObject {
    JSONObject([("name", .string(name)), ("pos_weight", .number(positiveWeight))])
  }

  /// Makes the loss.
  ///
  /// - Throws: ``TrainingError/Code/invalidArgument`` when the weight is not above 0.
  public init(positiveWeight: Double = 1) throws(TrainingError) {
    guard positiveWeight > 0, positiveWeight.isFinite else {
      throw TrainingError(
        .invalidArgument,
        "BinaryCrossEntropyLoss needs a number above 0 as pos_weight; found \(positiveWeight).")
    }
    self.positiveWeight = positiveWeight
  }

  /// Scores each row's pair.
  public func run(_ batch: TrainingBatch, in context: LossContext) throws -> LossReport {
    let labels = try batch.scoreLabels(for: name)
    if let wrong = batch.labels?.values.first(where: { !(0...1).contains($0) }) {
      throw TrainingError(
        .invalidDataset,
        "BinaryCrossEntropyLoss needs labels from 0 to 1; found \(wrong). Scale them, or take MSELoss."
      )
    }
    return try context.runScoring(batch, batch.rowPairs) { scores in
      // -log sigmoid(x) without overflow.
      let cost = try scores.absolute().negated().exponential().log1p() + scores.negated().relu()
      let weights = try labels * (positiveWeight - 1) + 1
      return try (cost * weights + scores * (labels.negated() + 1)).mean()
    }
  }
}

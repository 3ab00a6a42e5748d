public import SparrowCore
import SparrowTensor

/// For cross-encoders: a query's document has to win against other documents of the batch and against
/// its hard negatives.
///
/// `-log softmax(scale · sigmoid(x))` of the positive, where `x` are the numbers of the query with its
/// positive, its negatives, and ``negativeCount`` positives of other rows. Every candidate costs a pass
/// of the model. Columns: query, positive, then any negatives; no labels.
/// Reference class of the same name, which draws the other rows at random; here they are the next ones
/// in the batch, which is shuffled.
public final class MultipleNegativesRankingLoss: TrainingLoss {
  /// How many documents of other rows compete, 4 by default; fewer in small batches.
  public let negativeCount: Int
  /// What scores from 0 to 1 are multiplied by, 10 by default.
  public let scale: Double

  /// The loss's name in recipes and logs.
  public var name: String { "MultipleNegativesRankingLoss" }
  /// A query, its document, and any negatives.
  public var requirement: ColumnRequirement {
    ColumnRequirement(from: 2, ["query", "positive", "negative"], label: .none)
  }
  /// Its settings as a recipe has them.
  public var options: JSONObject {
    JSONObject([
      ("name", .string(name)), ("num_negatives", .integer(Int64(negativeCount))),
      ("scale", .number(scale)),
    ])
  }

  /// Makes the loss.
  ///
  /// - Throws: ``TrainingError/Code/invalidArgument`` when the number is negative or the scale not
  ///   above 0.
  public init(negativeCount: Int = 4, scale: Double = 10) throws(TrainingError) {
    guard negativeCount >= 0, scale > 0, scale.isFinite else {
      throw TrainingError(
        .invalidArgument,
        "MultipleNegativesRankingLoss needs num_negatives from 0 and a scale above 0; found \(negativeCount) and \(scale)."
      )
    }
    self.negativeCount = negativeCount
    self.scale = scale
  }

  /// Scores each query with its candidates, the positive first.
  public func run(_ batch: TrainingBatch, in context: LossContext) throws -> LossReport {
    let candidates = (0..<batch.rowCount).map { self.candidates(ofRow: $0, in: batch) }
    let count = candidates.first?.count ?? 0
    guard count > 1 else {
      throw TrainingError(
        .invalidDataset,
        "MultipleNegativesRankingLoss needs something to compare with; found a batch of one row without negatives. Set 'dataloader_drop_last', or add a column of negatives."
      )
    }
    let pairs = candidates.enumerated().flatMap { row, documents in
      documents.map { (query: row, document: $0) }
    }
    return try context.runScoring(batch, pairs) { scores in
      let logits = try scores.sigmoid().reshaped([batch.rowCount, count]) * scale
      let positives = try logits.narrowed(1, 0..<1).squeezed(1)
      return try (logits.logSumExp(1) - positives).mean()
    }
  }

  /// Places of documents when the columns after the first are laid one after another.
  private func candidates(ofRow row: Int, in batch: TrainingBatch) -> [Int] {
    let rowCount = batch.rowCount
    let others = (0..<min(negativeCount, rowCount - 1)).map { (row + 1 + $0) % rowCount }
    let negatives = (1..<(batch.columns.count - 1)).map { $0 * rowCount + row }
    return [row] + others + negatives
  }
}

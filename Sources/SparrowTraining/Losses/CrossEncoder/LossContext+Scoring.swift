import SparrowTensor
import SparrowText

extension LossContext {
  /// Runs a loss over the numbers that a cross-encoder gives pairs of a batch's texts.
  ///
  /// - Parameters:
  ///   - batch: queries in the first column, documents in the others.
  ///   - pairs: places of queries in the first column, and of documents when the other columns are
  ///     laid one after another.
  ///   - loss: the value of the pairs' numbers, `[pairs]`.
  /// - Returns: the value as `base_loss`.
  /// - Throws: ``TrainingError/Code/invalidArgument`` when the model gives several numbers a pair.
  func runScoring(
    _ batch: TrainingBatch, _ pairs: [(query: Int, document: Int)],
    _ loss: (Tensor) throws -> Tensor
  ) throws -> LossReport {
    var documents = TokenBatch()
    for column in batch.columns.dropFirst() { documents.append(contentsOf: column.tokens) }
    func compute() throws -> Tensor {
      let scores = try encoder.trainingScores(
        pairs, queries: batch.columns[0].tokens, documents: documents, precision: precision,
        dropout: dropout)
      guard scores.shape[1] == 1 else {
        throw TrainingError(
          .invalidArgument,
          "The loss trains cross-encoders with one label; this one has \(scores.shape[1]).")
      }
      return try loss(scores.squeezed(1))
    }
    let value = gradientFactor == nil ? try withoutGradients(compute) : try compute()
    let report = try LossReport([LossComponent(name: "base_loss", value: value)], total: value)
    if let gradientFactor, report.total.isFinite { try (value * gradientFactor).backward() }
    return report
  }
}

extension TrainingBatch {
  /// One number for each row.
  ///
  /// - Throws: ``TrainingError/Code/invalidShape`` when there is none, or a list.
  func scoreLabels(for name: String) throws -> Tensor {
    guard let labels, labels.shape.count == 1 else {
      throw TrainingError(.invalidShape, "\(name) needs one number a row as label.")
    }
    return try labels.tensor().to(.float32)
  }

  /// Each query with the document of its row.
  var rowPairs: [(query: Int, document: Int)] {
    (0..<rowCount).map { (query: $0, document: $0) }
  }
}

public import SparrowCore
public import SparrowTensor

/// Distillation of margins: positive minus negative must score as it does with the teacher.
///
/// Source: Hofstätter et al. 2020 (arXiv 2010.02666).
/// With the model's scores `s`, the loss is the mean over rows and negatives `n` of
/// `(s(query, positive) - s(query, n) - margin_n)²`. Scores of a cross-encoder are of the order of
/// 10, and so are these losses squared: regulariser weights near 0.1 go with it.
public struct SparseMarginMSELoss: EmbeddingLoss, Sendable {
  /// How query and document are compared, by dot product unless said otherwise.
  public let similarity: SimilarityFunction

  /// The name in recipes and logs.
  public var name: String { "SparseMarginMSELoss" }
  /// Its settings by the names that recipes use.
  public var options: JSONObject {
    JSONObject([("similarity_fct", .string("pairwise_" + similarity.referenceName))])
  }
  /// The columns and labels it needs.
  public var requirement: ColumnRequirement {
    ColumnRequirement(from: 3, ["query", "positive", "negative"], label: .margins)
  }

  /// Makes the loss.
  public init(similarity: SimilarityFunction = .dot) { self.similarity = similarity }

  /// The loss of one batch.
  ///
  /// Labels are, with `n` negatives, `[batch, n + 1]` raw scores, positive first, or `[batch, n]`
  /// margins; `[batch]` margins when there is one negative.
  public func callAsFunction(_ columns: [Tensor], labels: Tensor?) throws -> Tensor {
    try check(columns, labels: labels)
    let rowCount = columns[0].shape[0]
    let negativeCount = columns.count - 2
    let targets = try margins(labels, rowCount: rowCount, negativeCount: negativeCount)
      .to(columns[0].dtype)
    let positiveScores = try similarity.pairwise(columns[0], columns[1])
    let margins = try columns.dropFirst(2).map { negative in
      try positiveScores - similarity.pairwise(columns[0], negative)
    }
    let found = try Tensor.stacked(margins, along: 1)  // [batch, negatives]
    return try (found - targets).squared().mean()
  }

  private func margins(
    _ labels: Tensor?, rowCount: Int, negativeCount: Int
  ) throws -> Tensor {
    let shape = labels?.shape ?? []
    if let labels, shape == [rowCount, negativeCount + 1] {
      let positive = try labels.narrowed(1, 0..<1)
      return try positive - labels.narrowed(1, 1..<(negativeCount + 1))
    }
    if let labels,
      shape == [rowCount, negativeCount] || (negativeCount == 1 && shape == [rowCount])
    {
      return try labels.reshaped([rowCount, negativeCount])
    }
    throw TrainingError(
      .invalidShape,
      "SparseMarginMSELoss with \(negativeCount) negative\(negativeCount == 1 ? "" : "s") and \(rowCount) rows needs labels of shape [\(rowCount), \(negativeCount)] (margins: the teacher's score of the positive minus that of the negative) or [\(rowCount), \(negativeCount + 1)] (raw scores, the positive's first); found shape \(shape)."
    )
  }
}

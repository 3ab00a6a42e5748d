import SparrowCore

/// How rows are put into batches; the raw values are the names in recipes.
public enum BatchSampling: String, Sendable, Hashable, CaseIterable {
  /// Shuffled rows, one after another.
  case shuffled = "batch_sampler"
  /// No text twice in a batch.
  case noDuplicates = "no_duplicates"
  /// The same as ``noDuplicates``; the reference has it as a faster variant.
  case noDuplicatesHashed = "no_duplicates_hashed"
  /// At least two rows of every label in a batch.
  case groupByLabel = "group_by_label"

  /// Makes the sampler of a dataset.
  ///
  /// - Parameters:
  ///   - dataset: the rows.
  ///   - batchSize: how many rows a batch has.
  ///   - dropsLast: whether a last batch with fewer rows is left out.
  ///   - seed: the seed of epoch 0; epoch `e` uses `seed + e`.
  ///   - dataSeed: used instead of `seed` by ``shuffled`` alone, as in the reference; nil by default.
  ///   - warn: receives a sentence when batches without duplicates repeat rows or are missing.
  /// - Returns: the sampler.
  /// - Throws: ``DataError`` when the dataset or the batch size does not suit the sampler.
  public func makeSampler(
    for dataset: Dataset, batchSize: Int, dropsLast: Bool = false, seed: UInt64,
    dataSeed: UInt64? = nil, warn: (@Sendable (String) -> Void)? = nil
  ) throws(DataError) -> any BatchSampler {
    switch self {
    case .shuffled:
      return try DefaultBatchSampler(
        rowCount: dataset.rowCount, batchSize: batchSize, dropsLast: dropsLast,
        seed: dataSeed ?? seed)
    case .noDuplicates, .noDuplicatesHashed:
      return try NoDuplicatesBatchSampler(
        dataset, batchSize: batchSize, dropsLast: dropsLast, seed: seed, warn: warn)
    case .groupByLabel:
      return try GroupByLabelBatchSampler(
        dataset, batchSize: batchSize, dropsLast: dropsLast, seed: seed)
    }
  }
}

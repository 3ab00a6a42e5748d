import SparrowText

/// The rows of one batch, ready for the encoder.
public struct TrainingBatch: Sendable, Hashable {
  /// Which dataset the rows are from.
  public let datasetIndex: Int
  /// The rows' numbers within their dataset.
  public let rows: [Int]
  /// The tokens of the input columns in order.
  public let columns: [EncoderColumn]
  /// The labels, nil when the dataset has none.
  public let labels: BatchLabels?

  /// The number of rows.
  public var rowCount: Int { rows.count }
  /// The number of tokens of all columns.
  public var tokenCount: Int { columns.reduce(0) { $0 + $1.tokens.tokenCount } }

  /// Makes a batch.
  public init(
    datasetIndex: Int = 0, rows: [Int], columns: [EncoderColumn], labels: BatchLabels? = nil
  ) {
    self.datasetIndex = datasetIndex
    self.rows = rows
    self.columns = columns
    self.labels = labels
  }
}

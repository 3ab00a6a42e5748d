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

  /// Puts the batches of each dataset together, in order of appearance.
  static func merged(_ batches: [TrainingBatch]) -> [TrainingBatch] {
    var result: [TrainingBatch] = []
    for batch in batches {
      if let place = result.firstIndex(where: { $0.canTake(batch) }) {
        result[place] = result[place].appending(batch)
      } else {
        result.append(batch)
      }
    }
    return result
  }

  private func canTake(_ other: TrainingBatch) -> Bool {
    datasetIndex == other.datasetIndex
      && labels?.shape.dropFirst() == other.labels?.shape.dropFirst()
  }

  private func appending(_ other: TrainingBatch) -> TrainingBatch {
    let joined = zip(columns, other.columns).map { column, more in
      var column = column
      column.tokens.append(contentsOf: more.tokens)
      return column
    }
    return TrainingBatch(
      datasetIndex: datasetIndex, rows: rows + other.rows, columns: joined,
      labels: other.labels.flatMap { labels?.appending($0) })
  }

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

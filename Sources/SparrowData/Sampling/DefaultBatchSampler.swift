import SparrowCore

/// Shuffles the rows anew in every epoch and cuts them into batches.
public struct DefaultBatchSampler: BatchSampler, Hashable {
  /// The number of rows that are sampled from.
  public let rowCount: Int
  /// How many rows a batch has.
  public let batchSize: Int
  /// Whether a last batch with fewer rows is left out.
  public let dropsLast: Bool
  private let seed: UInt64

  /// Makes a sampler.
  ///
  /// - Parameters:
  ///   - rowCount: how many rows there are.
  ///   - batchSize: how many rows a batch has, at least 1.
  ///   - dropsLast: whether a last batch with fewer rows is left out.
  ///   - seed: the seed of epoch 0; epoch `e` uses `seed + e`.
  /// - Throws: ``DataError`` when the batch size is below 1.
  public init(
    rowCount: Int, batchSize: Int, dropsLast: Bool = false, seed: UInt64
  ) throws(DataError) {
    self.rowCount = rowCount
    self.batchSize = batchSize
    self.dropsLast = dropsLast
    self.seed = seed
    try check(batchSize: batchSize)
  }

  /// As many batches as the rows fill, and one more for the rest unless it is left out.
  public var batchCount: Int {
    dropsLast ? rowCount / batchSize : (rowCount + batchSize - 1) / batchSize
  }

  /// The seed of the first epoch plus the number of the epoch.
  public func seed(ofEpoch epoch: Int) -> UInt64 { seed &+ UInt64(epoch) }

  /// The batches of an epoch; the order of rows is drawn when the first batch is asked for.
  public func batches(
    epoch: Int, sharing generator: SamplingGenerator
  ) -> AnyIterator<[Int]> {
    var order: [Int]?
    var start = 0
    return AnyIterator {
      let rows = order ?? generator.permutation(rowCount)
      order = rows
      let end = min(start + batchSize, rowCount)
      guard start < end, end - start == batchSize || !dropsLast else { return nil }
      defer { start = end }
      return Array(rows[start..<end])
    }
  }
}

import SparrowCore

/// Makes batches in which no text appears twice, whichever its column.
///
/// Losses that take the other rows of a batch as negatives need it: a row's positive must not be its
/// own negative. Texts are compared exactly; numbers and lists by the way Python writes them; label
/// columns are not looked at. Rows that conflict with a batch wait for the next one.
///
/// When the rows have many texts in common, fewer full batches come out than ``batchCount`` says. The
/// rows are then shuffled again, at most twice, until there are as many; rows repeat in these. Without
/// `dropsLast` more (shorter) batches can come out than ``batchCount`` says.
///
/// Time is near-linear in the number of rows even when a text appears in most of them.
public struct NoDuplicatesBatchSampler: BatchSampler {
  /// The number of rows that are sampled from.
  public let rowCount: Int
  /// How many rows a batch has.
  public let batchSize: Int
  /// Whether batches with fewer rows are left out.
  public let dropsLast: Bool
  private let seed: UInt64
  private let values: ValueTable
  private let warn: (@Sendable (String) -> Void)?

  private static let maximumExtraPassCount = 2

  /// Makes a sampler; the texts of the dataset are compared once, here.
  ///
  /// - Parameters:
  ///   - dataset: the rows; all its columns count except label columns and one named `dataset_name`.
  ///   - batchSize: how many rows a batch has, at least 1.
  ///   - dropsLast: whether batches with fewer rows are left out.
  ///   - seed: the seed of epoch 0; epoch `e` uses `seed + e`.
  ///   - warn: receives a sentence when rows are repeated or batches are missing.
  /// - Throws: ``DataError`` when the batch size is below 1 or there is no column to compare.
  public init(
    _ dataset: Dataset, batchSize: Int, dropsLast: Bool = false, seed: UInt64,
    warn: (@Sendable (String) -> Void)? = nil
  ) throws(DataError) {
    let ignored = Dataset.labelNames + ["dataset_name"]
    let columns = dataset.columnNames.filter { !ignored.contains($0) }
    guard !columns.isEmpty else {
      throw DataError(
        .usage, "There is no column to compare; found only \(dataset.columnNames).")
    }
    rowCount = dataset.rowCount
    self.batchSize = batchSize
    self.dropsLast = dropsLast
    self.seed = seed
    self.warn = warn
    values = ValueTable(columns: columns.compactMap { dataset[$0] })
    try check(batchSize: batchSize)
  }

  /// As many batches as there would be without conflicts.
  public var batchCount: Int {
    dropsLast ? rowCount / batchSize : (rowCount + batchSize - 1) / batchSize
  }

  /// The seed of the first epoch plus the number of the epoch.
  public func seed(ofEpoch epoch: Int) -> UInt64 { seed &+ UInt64(epoch) }

  /// The batches of an epoch; the generator is seeded anew when the first is asked for.
  public func batches(
    epoch: Int, sharing generator: SamplingGenerator
  ) -> AnyIterator<[Int]> {
    var pass: NoDuplicatesPass?
    var passNumber = 0
    var producedCount = 0
    return AnyIterator {
      if rowCount == 0 { return nil }
      if pass == nil {
        generator.restart(seed: seed(ofEpoch: epoch))
        pass = makePass(generator)
      }
      while true {
        let isExtraPass = passNumber > 0
        if !isExtraPass || producedCount < batchCount, let batch = pass?.next() {
          producedCount += 1
          return batch
        }
        guard producedCount < batchCount else { return nil }
        guard producedCount > 0, passNumber < Self.maximumExtraPassCount else {
          warnOfMissing(producedCount)
          return nil
        }
        if passNumber == 0 { warnOfRepeats(producedCount) }
        passNumber += 1
        pass = makePass(generator)
      }
    }
  }

  private func makePass(_ generator: SamplingGenerator) -> NoDuplicatesPass {
    NoDuplicatesPass(
      order: generator.permutation(rowCount), values: values, batchSize: batchSize,
      dropsIncomplete: dropsLast)
  }

  private func warnOfRepeats(_ count: Int) {
    let percent = (1000 * (batchCount - count) + batchCount / 2) / batchCount
    warn?(
      "Only \(count) of \(batchCount) batches without duplicates came out of one pass over the rows; the others repeat rows of this epoch (\(percent / 10).\(percent % 10)% of the batches)."
    )
  }

  private func warnOfMissing(_ count: Int) {
    warn?(
      "Only \(count) of \(batchCount) batches without duplicates could be made: there are too few distinct texts for batches of \(batchSize). Make the batches smaller."
    )
  }
}

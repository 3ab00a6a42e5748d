import Dispatch
import SparrowCore
import SparrowData

/// Makes the batches of an epoch, some of them ahead on another thread.
///
/// Rows are drawn on the calling thread, in order; only texts are looked up and tokenised elsewhere.
/// So the batches are the same whatever the number made ahead.
final class BatchLoader {
  private let source: BatchSource
  private let rows: AnyIterator<[Int]>
  private let locate: (Int) -> (dataset: Int, row: Int)
  private var remaining: Int
  private let aheadCount: Int
  private var pending: [BackgroundValue<TrainingBatch>] = []
  private let queue = DispatchQueue(label: "sparrow.training.batches")

  /// Makes a loader of at most `limit` batches, those skipped at the beginning included.
  init(
    source: BatchSource, sampler: any BatchSampler, epoch: Int, limit: Int, skipping: Int = 0,
    aheadCount: Int
  ) {
    self.source = source
    self.aheadCount = aheadCount
    rows = sampler.batches(epoch: epoch)
    let several = sampler as? MultiDatasetBatchSampler
    locate = { row in several?.locate(row: row) ?? (0, row) }
    remaining = max(0, limit - skipping)
    for _ in 0..<skipping where rows.next() == nil { remaining = 0 }
  }

  /// The next batch, nil at the end of the epoch.
  func next() throws -> TrainingBatch? {
    guard aheadCount > 0 else { return try nextRows().map { try $0() } }
    while pending.count <= aheadCount, let make = nextRows() {
      pending.append(BackgroundValue(on: queue, make))
    }
    guard !pending.isEmpty else { return nil }
    return try pending.removeFirst().wait()
  }

  /// Draws the rows of a batch and returns what makes it, nil at the end of the epoch.
  private func nextRows() -> (@Sendable () throws -> TrainingBatch)? {
    guard remaining > 0, let rows = rows.next() else {
      remaining = 0
      return nil
    }
    remaining -= 1
    let places = rows.map(locate)
    let dataset = places.first?.dataset ?? 0
    return { [source] in try source.batch(dataset: dataset, rows: places.map(\.row)) }
  }
}

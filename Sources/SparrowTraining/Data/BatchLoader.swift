import Dispatch
import Foundation
import SparrowData
import Synchronization

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
  private var pending: [PendingBatch] = []
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
    while pending.count <= aheadCount, remaining > 0 {
      guard let rows = rows.next() else {
        remaining = 0
        break
      }
      remaining -= 1
      pending.append(begin(rows))
    }
    guard !pending.isEmpty else { return nil }
    return try pending.removeFirst().wait()
  }

  private func begin(_ rows: [Int]) -> PendingBatch {
    let places = rows.map(locate)
    let dataset = places.first?.dataset ?? 0
    let batch = PendingBatch()
    let make = { @Sendable [source] in
      batch.finish(Result { try source.batch(dataset: dataset, rows: places.map(\.row)) })
    }
    if aheadCount == 0 {
      make()
    } else {
      queue.async(execute: make)
    }
    return batch
  }
}

/// A batch that is being made.
private final class PendingBatch: Sendable {
  private let result = Mutex<Result<TrainingBatch, any Error>?>(nil)
  private let condition = NSCondition()

  func finish(_ batch: Result<TrainingBatch, any Error>) {
    condition.lock()
    result.withLock { $0 = batch }
    condition.broadcast()
    condition.unlock()
  }

  func wait() throws -> TrainingBatch {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let batch = result.withLock({ $0 }) { return try batch.get() }
      condition.wait()
    }
  }
}

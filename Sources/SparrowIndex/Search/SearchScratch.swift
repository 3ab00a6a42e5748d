import CSparseKernels
import Synchronization

/// The working memory of one search; used by one search at a time and then by another.
///
/// Between searches all sums and all query weights are zero.
@safe
final class SearchScratch: @unchecked Sendable {  // Handed on under the lock of its pool.
  /// One sum a document of a window.
  let sums: UnsafeMutablePointer<UInt32>
  /// The query written out.
  let queryWeights: UnsafeMutablePointer<Float>
  /// How many query weights there are.
  let dimension: Int
  /// Room for the documents picked from a window, and for their sums.
  let positions: UnsafeMutablePointer<UInt32>
  let values: UnsafeMutablePointer<UInt32>
  /// Room for documents about to be scored, and for their scores.
  let numbers: UnsafeMutablePointer<UInt32>
  let scores: UnsafeMutablePointer<Float>
  /// How many documents are scored at a time.
  static let batchSize = 64

  /// Makes memory for queries of a dimension.
  init(dimension: Int) {
    // Rows with 16-bit terms may hold any number below 65,536 when their file is damaged.
    self.dimension = max(dimension, 1 << 16)
    let room = SegmentHeader.windowSize + 16
    unsafe sums = .allocate(capacity: SegmentHeader.windowSize)
    unsafe sums.initialize(repeating: 0, count: SegmentHeader.windowSize)
    unsafe queryWeights = .allocate(capacity: self.dimension)
    unsafe queryWeights.initialize(repeating: 0, count: self.dimension)
    unsafe positions = .allocate(capacity: room)
    unsafe positions.initialize(repeating: 0, count: room)
    unsafe values = .allocate(capacity: room)
    unsafe values.initialize(repeating: 0, count: room)
    unsafe numbers = .allocate(capacity: Self.batchSize)
    unsafe numbers.initialize(repeating: 0, count: Self.batchSize)
    unsafe scores = .allocate(capacity: Self.batchSize)
    unsafe scores.initialize(repeating: 0, count: Self.batchSize)
  }

  deinit {
    unsafe sums.deallocate()
    unsafe queryWeights.deallocate()
    unsafe positions.deallocate()
    unsafe values.deallocate()
    unsafe numbers.deallocate()
    unsafe scores.deallocate()
  }

  /// The query for kernels.
  @unsafe var query: spk_query {
    unsafe spk_query(weights: queryWeights, dimension: UInt64(dimension))
  }
}

/// Keeps the working memory of finished searches for the next ones.
final class ScratchPool: Sendable {
  private let dimension: Int
  private let idle = Mutex<[SearchScratch]>([])

  /// Makes an empty pool for queries of a dimension.
  init(dimension: Int) { self.dimension = dimension }

  /// Lends working memory to `body`; after an error it is not used again, since it may not be
  /// clean.
  func withScratch<Result, Failure>(
    _ body: (SearchScratch) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let scratch = idle.withLock { $0.popLast() } ?? SearchScratch(dimension: dimension)
    let result = try body(scratch)
    idle.withLock { $0.append(scratch) }
    return result
  }
}

import CSparseKernels
import Dispatch
import Foundation
public import SparrowCore
import Synchronization

/// Finds, among dense vectors held in memory, those with the largest dot products with a query, by
/// comparing all of them.
///
/// The dense side of hybrid searches, good to about a million documents. Scores are exact dot
/// products with the stored vectors, the same on every processor; vectors of length 1 make them
/// cosines. Documents of equal score come in the order of their identifiers.
///
/// ```swift
/// var builder = DenseIndexBuilder(dimension: 384, precision: .float16)
/// for (id, vector) in zip(ids, vectors) { try builder.add(id, vector) }
/// let hits = try builder.build().search(query, count: 10)
/// ```
public struct DenseIndex: Sendable {
  /// The size of the vectors.
  public let dimension: Int
  /// How numbers are stored.
  public let precision: DensePrecision

  /// The documents in ascending order; a row's number is its document's position.
  private let ids: [DocumentID]
  /// The rows, each padded with zeros.
  private let rows: [UInt8]
  /// What a level of each row stands for; empty unless rows have 8 bits.
  private let scales: [Float]

  /// How many rows are scored before the best are picked.
  private static let blockRowCount = 512

  init(
    dimension: Int, precision: DensePrecision, ids: [DocumentID], rows: [UInt8], scales: [Float]
  ) {
    self.dimension = dimension
    self.precision = precision
    self.ids = ids
    self.rows = rows
    self.scales = scales
  }

  /// The number of documents.
  public var documentCount: Int { ids.count }
  /// The memory that the vectors take, in bytes.
  public var byteCount: Int { rows.count + 4 * scales.count }

  /// The documents with the largest dot products with a query.
  ///
  /// - Parameters:
  ///   - query: ``dimension`` finite numbers.
  ///   - count: how many documents to return at most, 0 or more.
  ///   - threadCount: how many threads share the rows; nil uses one a processor core.
  /// - Returns: documents, best first, of equal scores the lower identifier.
  /// - Throws: ``IndexError`` when the query does not fit or a count is out of range.
  public func search(
    _ query: [Float], count: Int, threadCount: Int? = nil
  ) throws(IndexError) -> [ScoredDocument] {
    let threadCount = threadCount ?? ProcessInfo.processInfo.activeProcessorCount
    guard count >= 0, threadCount > 0 else {
      throw IndexError(
        .usage,
        "A dense search needs a count of 0 or more and a thread; found a count of \(count) and \(threadCount) threads."
      )
    }
    let padded = try padded(query)
    let blockCount = (ids.count + Self.blockRowCount - 1) / Self.blockRowCount
    let next = Atomic<Int>(0)
    let best = Mutex(BestRows(capacity: min(count, ids.count)))
    DispatchQueue.concurrentPerform(iterations: min(threadCount, blockCount)) { _ in
      var own = BestRows(capacity: min(count, ids.count))
      var scores = [Float](repeating: 0, count: Self.blockRowCount)
      while true {
        let block = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard block < blockCount else { break }
        let start = block * Self.blockRowCount
        let range = start..<min(start + Self.blockRowCount, ids.count)
        score(range, padded, &scores)
        for row in range { own.insert(row, scores[row - start]) }
      }
      best.withLock { $0.merge(own) }
    }
    return best.withLock { $0.sorted }.map { row in
      ScoredDocument(id: ids[row.number], score: Double(row.score))
    }
  }

  /// The dot product of a query with one document's vector, as ``search(_:count:threadCount:)`` has it.
  ///
  /// - Parameters:
  ///   - query: ``dimension`` finite numbers.
  ///   - id: the document.
  /// - Returns: the score, nil when the index does not have the document.
  /// - Throws: ``IndexError`` when the query does not fit.
  public func score(_ query: [Float], of id: DocumentID) throws(IndexError) -> Double? {
    let padded = try padded(query)
    guard let row = row(of: id) else { return nil }
    var scores: [Float] = [0]
    score(row..<row + 1, padded, &scores)
    return Double(scores[0])
  }

  private func padded(_ query: [Float]) throws(IndexError) -> [Float] {
    guard query.count == dimension, query.allSatisfy(\.isFinite) else {
      throw IndexError(
        .usage, "A dense query needs \(dimension) finite numbers; found \(query.count) numbers.")
    }
    return query + [Float](repeating: 0, count: DensePrecision.padding(of: dimension))
  }

  /// A document's position, by halving the range in which it can be.
  private func row(of id: DocumentID) -> Int? {
    var (lower, upper) = (0, ids.count)
    while lower < upper {
      let middle = (lower + upper) / 2
      if ids[middle] < id { lower = middle + 1 } else { upper = middle }
    }
    return lower < ids.count && ids[lower] == id ? lower : nil
  }

  private func score(_ range: Range<Int>, _ query: [Float], _ scores: inout [Float]) {
    let stride = query.count * precision.byteCount
    unsafe rows.withUnsafeBufferPointer { rows in
      unsafe query.withUnsafeBufferPointer { query in
        unsafe scores.withUnsafeMutableBufferPointer { scores in
          guard let base = rows.baseAddress, let target = scores.baseAddress else { return }
          unsafe Kernels.best.scoreDense(
            base + range.lowerBound * stride, format: precision.format, count: range.count,
            query: query, scores: target)
        }
      }
    }
    guard !scales.isEmpty else { return }
    for row in range { scores[row - range.lowerBound] *= scales[row] }
  }
}

/// The rows with the largest scores so far, as a heap whose top is the worst of them.
private struct BestRows {
  typealias Row = (score: Float, number: Int)

  private let capacity: Int
  private var heap: [Row] = []

  init(capacity: Int) { self.capacity = capacity }

  /// The rows, best first.
  var sorted: [Row] { heap.sorted { Self.isWorse($1, $0) } }

  /// Whether the left row comes later in a result; of equal scores the lower number comes first.
  private static func isWorse(_ left: Row, _ right: Row) -> Bool {
    left.score != right.score ? left.score < right.score : left.number > right.number
  }

  mutating func insert(_ number: Int, _ score: Float) {
    let row = (score: score, number: number)
    if heap.count < capacity {
      heap.append(row)
      var child = heap.count - 1
      while child > 0, Self.isWorse(heap[child], heap[(child - 1) / 2]) {
        heap.swapAt(child, (child - 1) / 2)
        child = (child - 1) / 2
      }
    } else if let worst = heap.first, Self.isWorse(worst, row) {
      heap[0] = row
      var parent = 0
      while 2 * parent + 1 < heap.count {
        var child = 2 * parent + 1
        if child + 1 < heap.count, Self.isWorse(heap[child + 1], heap[child]) { child += 1 }
        guard Self.isWorse(heap[child], heap[parent]) else { break }
        heap.swapAt(parent, child)
        parent = child
      }
    }
  }

  mutating func merge(_ other: BestRows) {
    for row in other.heap { insert(row.number, row.score) }
  }
}

import Dispatch
public import Foundation
public import SparrowCore
import Synchronization

/// A document with everything that an index stores of it.
public struct StoredDocument: Sendable, Hashable {
  /// The document's identifier.
  public let id: DocumentID
  /// Its vector as stored: without zeros, rounded to the index's precision.
  public let vector: SparseVector
  /// Its fields.
  public let fields: [String: FieldValue]
  /// Its payload, nil when it has none.
  public let payload: Data?
}

/// An index as it was at one moment; later changes do not show in it.
///
/// Copies are cheap, and any number of threads may search at once.
public struct IndexSnapshot: Sendable {
  /// The size of the space, `V`.
  public let dimension: Int
  /// The approximate search that was measured on this index, nil when none was.
  public let calibration: ApproximateCalibration?
  let views: [SegmentView]
  private let pool: ScratchPool

  init(
    dimension: Int, views: [SegmentView], pool: ScratchPool,
    calibration: ApproximateCalibration? = nil
  ) {
    self.dimension = dimension
    self.calibration = calibration
    self.views = views.filter { $0.liveCount > 0 }
    self.pool = pool
  }

  /// The number of documents.
  public var documentCount: Int { views.reduce(0) { $0 + $1.liveCount } }

  /// The number of stored weights, those of deleted documents included.
  public var storedWeightCount: Int { views.reduce(0) { $0 + $1.segment.header.entryCount } }

  // MARK: Search

  /// The documents with the largest dot products with a query.
  ///
  /// - Parameters:
  ///   - query: a vector of the index's dimension with finite weights.
  ///   - options: how many documents to return, a filter, exact or approximate.
  /// - Returns: documents that share a term with the query, best first, of equal scores the
  ///   lower identifier. A score is the dot product with the stored vector, added up in float64
  ///   and rounded once to float32.
  /// - Throws: ``IndexError`` when the query or the options do not fit, a file is damaged, or the
  ///   task is cancelled.
  public func search(
    _ query: SparseVector, options: SearchOptions = SearchOptions()
  ) throws(IndexError) -> [ScoredDocument] {
    let plan = try QueryPlan(query, dimension: dimension, options: options)
    let entries = try pool.withScratch { (scratch) throws(IndexError) in
      try SegmentSearch.run(plan, in: views, options: options, scratch: scratch)
    }
    return entries.map { entry in
      ScoredDocument(
        id: views[entry.segment].segment.identifier(of: entry.number), score: Double(entry.score))
    }
  }

  /// Searches for several queries at a time.
  ///
  /// - Parameters:
  ///   - queries: vectors of the index's dimension with finite weights.
  ///   - options: how many documents to return, a filter, exact or approximate.
  ///   - threadCount: how many threads share the work; nil uses one a processor core.
  /// - Returns: the documents of each query, as ``search(_:options:)`` gives them.
  /// - Throws: ``IndexError`` when a query or the options do not fit, or a file is damaged.
  public func search(
    _ queries: [SparseVector], options: SearchOptions = SearchOptions(), threadCount: Int? = nil
  ) throws(IndexError) -> [[ScoredDocument]] {
    let threadCount = threadCount ?? ProcessInfo.processInfo.activeProcessorCount
    guard threadCount > 0 else {
      throw IndexError(
        .usage, "A search needs one thread or more; found a thread count of \(threadCount).")
    }
    let next = Atomic<Int>(0)
    let results = Mutex<[Int: Result<[ScoredDocument], IndexError>]>([:])
    DispatchQueue.concurrentPerform(iterations: min(threadCount, queries.count)) { _ in
      // Each thread takes the next query, so a slow one holds up nobody.
      while true {
        let position = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard position < queries.count else { return }
        let result = Result { () throws(IndexError) in
          try search(queries[position], options: options)
        }
        results.withLock { $0[position] = result }
      }
    }
    let found = results.withLock { $0 }
    var hits: [[ScoredDocument]] = []
    for position in queries.indices { hits.append(try found[position]?.get() ?? []) }
    return hits
  }

  /// Which terms contributed how much to a document's score.
  ///
  /// - Parameters:
  ///   - query: the query of the search.
  ///   - id: the document to explain.
  /// - Returns: the score and the shared terms, largest contribution first.
  /// - Throws: ``IndexError`` when the document is not in the index or the query does not fit it.
  public func explain(
    _ query: SparseVector, document id: DocumentID
  ) throws(IndexError) -> HitExplanation {
    _ = try QueryPlan(query, dimension: dimension, options: SearchOptions())
    guard let vector = try vector(of: id) else {
      throw IndexError(.missing, "There is no document \"\(id)\" in the index.")
    }
    return HitExplanation(id: id, query: query, document: vector)
  }

  // MARK: Documents

  /// Whether the index has a document.
  public func contains(_ id: DocumentID) -> Bool { locate(id) != nil }

  /// The stored vector of a document, nil when it is not in the index.
  ///
  /// - Throws: ``IndexError`` when a file is damaged.
  public func vector(of id: DocumentID) throws(IndexError) -> SparseVector? {
    guard let (view, number) = locate(id) else { return nil }
    return try view.segment.vector(of: number)
  }

  /// A document with its fields and payload, nil when it is not in the index.
  ///
  /// - Throws: ``IndexError`` when a file is damaged.
  public func document(_ id: DocumentID) throws(IndexError) -> StoredDocument? {
    guard let (view, number) = locate(id) else { return nil }
    let record = try view.segment.record(of: number)
    return StoredDocument(
      id: id, vector: try view.segment.vector(of: number), fields: record.fields,
      payload: record.payload)
  }

  /// The identifiers of documents that pass a filter, in ascending order.
  ///
  /// - Parameters:
  ///   - filter: the condition; nil passes all.
  ///   - after: start behind this identifier, to go on where a list ended; nil starts at the
  ///     beginning.
  ///   - limit: how many identifiers to return at most.
  /// - Returns: the identifiers.
  /// - Throws: ``IndexError`` when a file is damaged.
  public func identifiers(
    where filter: DocumentFilter? = nil, after: DocumentID? = nil, limit: Int = .max
  ) throws(IndexError) -> [DocumentID] {
    var found: [DocumentID] = []
    for view in views {
      let eligibility = try Eligibility(view, filter: filter)
      var taken = 0
      var number = after.map { view.segment.firstNumber(after: $0) } ?? 0
      while number < view.segment.documentCount, taken < limit {
        if eligibility.allows(number) {
          found.append(view.segment.identifier(of: number))
          taken += 1
        }
        number += 1
      }
    }
    return Array(found.sorted().prefix(limit))
  }

  /// How many documents pass a filter.
  ///
  /// - Parameter filter: the condition.
  /// - Returns: the number of documents.
  /// - Throws: ``IndexError`` when a file is damaged.
  public func count(where filter: DocumentFilter) throws(IndexError) -> Int {
    var total = 0
    for view in views {
      if case .only(let allowed) = try Eligibility(view, filter: filter).kind {
        total += allowed.count
      }
    }
    return total
  }

  private func locate(_ id: DocumentID) -> (view: SegmentView, number: Int)? {
    for view in views {
      if let number = view.segment.number(of: id), view.isLive(number) { return (view, number) }
    }
    return nil
  }
}

/// Loads many documents into an engine, with several requests under way at a time.
///
/// Requests are cut by number of documents and bytes. When the engine finds one too large it is
/// halved; when it asks for fewer requests, fewer are sent at a time, and slowly more again. What
/// fails for the moment is tried again; because documents have identifiers, a repetition never
/// doubles one. A document that the engine refuses is reported and does not hold up the others.
///
/// ```swift
/// let report = try await BulkLoader(engine).load(documents)
/// for refused in report.refused { print(refused.id, refused.error) }
/// ```
public struct BulkLoader: Sendable {
  /// How a load is carried out.
  public struct Configuration: Sendable {
    /// What goes into a request and how many are under way; nil uses the engine's advice.
    public var limits: BatchLimits?
    /// When failed requests are repeated.
    public var retry: RetryPolicy
    /// How many refused documents end the load; the default is 100.
    public var maximumRefusedCount: Int
    /// Whether the documents are made visible to searches at the end; the default is true.
    public var refreshes: Bool

    /// Makes settings.
    public init(
      limits: BatchLimits? = nil, retry: RetryPolicy = RetryPolicy(),
      maximumRefusedCount: Int = 100, refreshes: Bool = true
    ) {
      self.limits = limits
      self.retry = retry
      self.maximumRefusedCount = maximumRefusedCount
      self.refreshes = refreshes
    }
  }

  private enum Outcome: Sendable {
    case accepted(Batch, refused: [RefusedDocument])
    case failed(Batch, EngineError)
  }

  private let engine: any SearchEngine
  private let configuration: Configuration

  /// Makes a loader for an engine.
  public init(_ engine: any SearchEngine, _ configuration: Configuration = Configuration()) {
    self.engine = engine
    self.configuration = configuration
  }

  /// Loads documents.
  ///
  /// - Parameters:
  ///   - documents: what to load.
  ///   - confirmed: gets, after each request, how many documents from the beginning are done
  ///     without a gap; a later load can go on from there.
  ///   - refused: gets each document that is refused for good, before it counts as done.
  /// - Returns: what was loaded and refused.
  /// - Throws: ``EngineError`` when the engine stays unreachable or refuses too many documents;
  ///   `CancellationError`.
  public func load(
    _ documents: some Sequence<EngineDocument>, confirmed: (Int) throws -> Void = { _ in },
    refused: (RefusedDocument) throws -> Void = { _ in }
  ) async throws -> LoadReport {
    var iterator = documents.makeIterator()
    return try await load(confirmed: confirmed, refused: refused) { iterator.next() }
  }

  /// Loads the documents that a function returns one by one, nil at the end.
  ///
  /// - Throws: as ``load(_:confirmed:refused:)``, and what `next` throws.
  public func load(
    confirmed: (Int) throws -> Void = { _ in },
    refused: (RefusedDocument) throws -> Void = { _ in }, next: () throws -> EngineDocument?
  ) async throws -> LoadReport {
    var report = LoadReport()
    var queue = BatchQueue(limits: configuration.limits ?? engine.batchLimits)
    var concurrency = AdaptiveConcurrency(maximum: queue.limits.concurrency)
    var done = DonePositions()
    var position = 0
    var isAtEnd = false
    var reportedCount = 0
    func reportRefused() throws {
      for document in report.refused[reportedCount...] { try refused(document) }
      reportedCount = report.refused.count
    }
    try await withThrowingTaskGroup(of: Outcome.self) { group in
      var underWay = 0
      while true {
        while underWay < concurrency.limit {
          while !queue.isReady, !isAtEnd {
            if let document = try next() {
              try collect(document, position, &queue, &report, &done)
              position += 1
            } else {
              isAtEnd = true
              queue.seal()
            }
          }
          guard let batch = queue.next() else { break }
          report.requestCount += 1
          report.retryCount += batch.attempt > 0 ? 1 : 0
          report.byteCount += batch.byteCount
          underWay += 1
          group.addTask { [engine, configuration] in
            try await Self.send(batch, to: engine, configuration)
          }
        }
        guard underWay > 0, let outcome = try await group.next() else { break }
        underWay -= 1
        switch outcome {
        case .accepted(let batch, let refused):
          concurrency.succeeded()
          try settle(batch, refused, &queue, &report, &done)
        case .failed(let batch, let error):
          if error.kind == .throttled { concurrency.throttled() }
          try repair(batch, error, &queue, &report, &done)
        }
        try reportRefused()
        try confirmed(done.contiguousCount)
      }
    }
    try reportRefused()
    if configuration.refreshes { try await engine.refresh() }
    return report
  }

  private static func send(
    _ batch: Batch, to engine: any SearchEngine, _ configuration: Configuration
  ) async throws -> Outcome {
    if batch.delay > .zero { try await configuration.retry.sleep(batch.delay) }
    do {
      return .accepted(batch, refused: try await engine.upsert(batch.documents))
    } catch let error as EngineError {
      return .failed(batch, error)
    }
  }

  /// Puts a document into the queue, or into the report when the engine could not keep it.
  private func collect(
    _ document: EngineDocument, _ position: Int, _ queue: inout BatchQueue,
    _ report: inout LoadReport, _ done: inout DonePositions
  ) throws {
    do {
      queue.append(try engine.encode(document), position: position)
    } catch {
      try refuse(RefusedDocument(id: document.id, error: error), &report)
      done.insert(position)
    }
  }

  /// Books what was accepted; what was refused for the moment is sent again.
  private func settle(
    _ batch: Batch, _ refused: [RefusedDocument], _ queue: inout BatchQueue,
    _ report: inout LoadReport, _ done: inout DonePositions
  ) throws {
    let errorOfID = Dictionary(
      refused.map { ($0.id, $0.error) }, uniquingKeysWith: { first, _ in first })
    var again: [Int] = []
    var lastError: EngineError?
    for (place, document) in batch.documents.enumerated() {
      guard let error = errorOfID[document.id] else {
        report.confirmedCount += 1
        done.insert(batch.positions[place])
        continue
      }
      if configuration.retry.allows(error, after: batch.attempt) {
        again.append(place)
        lastError = error
      } else if error.kind.isTransient {
        throw error
      } else {
        try refuse(RefusedDocument(id: document.id, error: error), &report)
        done.insert(batch.positions[place])
      }
    }
    if let lastError {
      queue.putBack([delayed(batch.selecting(again), after: lastError)])
    }
  }

  /// Decides what to do about a request that failed as a whole.
  private func repair(
    _ batch: Batch, _ error: EngineError, _ queue: inout BatchQueue, _ report: inout LoadReport,
    _ done: inout DonePositions
  ) throws {
    switch error.kind {
    case .tooLarge, .invalid:
      if error.kind == .tooLarge { queue.shrink() }
      if batch.documents.count > 1 {
        queue.putBack(batch.halves)
      } else {
        for (document, position) in zip(batch.documents, batch.positions) {
          try refuse(RefusedDocument(id: document.id, error: error), &report)
          done.insert(position)
        }
      }
    default:
      guard configuration.retry.allows(error, after: batch.attempt) else { throw error }
      queue.putBack([delayed(batch, after: error)])
    }
  }

  private func delayed(_ batch: Batch, after error: EngineError) -> Batch {
    var batch = batch
    batch.delay = configuration.retry.delay(after: batch.attempt, error)
    batch.attempt += 1
    return batch
  }

  private func refuse(_ document: RefusedDocument, _ report: inout LoadReport) throws(EngineError) {
    report.refused.append(document)
    guard report.refused.count <= configuration.maximumRefusedCount else {
      throw EngineError(
        .invalid,
        "\(report.refused.count) documents were refused, so the load was ended; the last is \"\(document.id)\": \(document.error.message)"
      )
    }
  }
}

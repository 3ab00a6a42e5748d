import Foundation
import SparrowCore
import SparrowEngines

/// One push: a collection that is created and filled, or gone on with.
struct PushJob: Sendable {
  /// What to do about a collection that is there although no push began it.
  enum ExistingCollection: Hashable {
    case refuse
    case append
    case replace
  }

  /// How a push ended.
  struct Report: Sendable {
    /// What was loaded and refused this time.
    let load: LoadReport
    /// How many documents the collection has now.
    let collectionCount: Int
  }

  let engine: any SearchEngine
  let schema: EngineSchema
  let identity: PushState.Identity
  let existing: ExistingCollection
  /// Where it is written how far the push has come; nil for input that cannot be read again.
  let stateFile: URL?
  /// Where refused documents are listed.
  let errorFile: URL?
  let maximumRefusedCount: Int

  private static let saveInterval: Duration = .milliseconds(500)

  /// Whether the collection is there.
  func collectionExists() async throws -> Bool {
    do {
      _ = try await engine.count(where: nil)
      return true
    } catch let error as EngineError where error.kind == .notFound {
      return false
    }
  }

  /// Creates the collection unless there is one to go on with.
  ///
  /// The state is written before, so that a collection of which only a part was made is known to be
  /// this push's own and made again.
  ///
  /// - Returns: where to go on.
  /// - Throws: an error of the engine or of the state's file; one of usage when there is a collection.
  func prepare() async throws -> PushState {
    let earlier = try stateFile.flatMap { try PushState(contentsOf: $0, of: identity) }
    var state = earlier ?? PushState(identity)
    if state.isCreated { return state }
    if earlier == nil, try await collectionExists() {
      switch existing {
      case .append:
        state.isCreated = true
        return state
      case .replace: break
      case .refuse:
        throw CommandError(
          .usage,
          "There is a collection at \(identity.target) already. Give --append to add documents to it, or --replace to delete it first."
        )
      }
    }
    try save(state)
    try await engine.deleteCollection()
    try await engine.createCollection(schema)
    state.isCreated = true
    try save(state)
    return state
  }

  /// Loads documents.
  ///
  /// - Parameters:
  ///   - pipe: gives the documents behind those that are done.
  ///   - state: where the push goes on.
  ///   - confirmed: gets how many documents of the input are done.
  /// - Returns: what was loaded.
  /// - Throws: an error of the engine or of a file; `CancellationError`. The state's file then says where
  ///   to go on; at the end there is none.
  func load(
    from pipe: DocumentPipe, after state: PushState, confirmed: @Sendable (Int) -> Void
  ) async throws -> Report {
    defer { pipe.close() }
    var state = state
    let errors = try errorFile.map {
      try RefusalList(file: $0, isContinued: state.doneCount > 0)
    }
    var window: ArraySlice<DocumentPipe.Entry> = []
    var readCounts: [Int] = []
    var saved = ContinuousClock.now
    let loader = BulkLoader(
      engine, BulkLoader.Configuration(maximumRefusedCount: maximumRefusedCount))
    let load: LoadReport
    do {
      load = try await loader.load(
        confirmed: { count in
          if count > 0 { state.doneCount = readCounts[count - 1] }
          confirmed(state.doneCount)
          guard ContinuousClock.now - saved > Self.saveInterval else { return }
          try save(state)
          saved = .now
        },
        refused: { document in
          state.refusedCount += 1
          try errors?.append(document)
        },
        next: {
          if window.isEmpty { window = try pipe.receive()?[...] ?? [] }
          guard let entry = window.popFirst() else { return nil }
          readCounts.append(entry.readCount)
          return entry.document
        })
    } catch {
      try save(state)
      throw error
    }
    if let stateFile { try? FileManager.default.removeItem(at: stateFile) }
    return Report(load: load, collectionCount: try await engine.count(where: nil))
  }

  private func save(_ state: PushState) throws {
    if let stateFile { try state.write(to: stateFile) }
  }
}

public import Foundation
import SparrowCore
import Synchronization

/// Searches an index on disk that another process (or another part of this one) may be changing.
///
/// A reader sees the changes that were confirmed when it was last refreshed; it takes no lock and
/// never disturbs the writer.
///
/// ```swift
/// let reader = try IndexReader(openingAt: folder)
/// let hits = try reader.snapshot().search(query)
/// try reader.refresh()
/// ```
public final class IndexReader: Sendable {
  private struct State {
    var manifest: Manifest
    var contents: IndexContents
    /// Where the log was read to.
    var logOffset = LogFormat.headerSize
    var logSequence: UInt64 = 0
  }

  /// The folder of the index.
  public let url: URL
  /// The size of the space, `V`.
  public let dimension: Int
  /// How weights are stored.
  public let precision: WeightPrecision

  private let folder: IndexFolder
  private let verification: FileVerification
  private let state: Mutex<State>
  private let pool: ScratchPool

  /// Opens the index in a folder.
  ///
  /// - Parameters:
  ///   - url: the folder.
  ///   - verification: how thoroughly files are checked; fully by default.
  /// - Throws: ``IndexError`` when there is no index or a file is damaged.
  public init(
    openingAt url: URL, verification: FileVerification = .full
  ) throws(IndexError) {
    let folder = IndexFolder(url)
    let state = try Self.load(folder, verification: verification, reusing: nil)
    self.url = url
    self.folder = folder
    self.verification = verification
    dimension = state.manifest.dimension
    precision = state.manifest.precision
    pool = ScratchPool(dimension: dimension)
    self.state = Mutex(state)
  }

  /// The index as it was at the last refresh.
  ///
  /// - Returns: a snapshot that later changes do not affect.
  /// - Throws: ``IndexError`` when memory runs out.
  public func snapshot() throws(IndexError) -> IndexSnapshot {
    let (views, calibration) = try state.withLock { (state) throws(IndexError) in
      try state.contents.sealPending()
      return (state.contents.views, state.manifest.calibration)
    }
    return IndexSnapshot(dimension: dimension, views: views, pool: pool, calibration: calibration)
  }

  /// What the index consisted of at the last refresh.
  ///
  /// - Returns: counts and sizes.
  public func statistics() -> IndexStatistics {
    state.withLock { IndexStatistics($0.contents, manifest: $0.manifest) }
  }

  /// Takes in what has been changed since the index was opened or last refreshed.
  ///
  /// - Throws: ``IndexError`` when a file is missing or damaged; the reader stays as it was.
  public func refresh() throws(IndexError) {
    try state.withLock { (state) throws(IndexError) in
      state = try Self.load(folder, verification: verification, reusing: state)
    }
  }

  /// Reads manifest, segments and log so that they belong together.
  ///
  /// While they are read a writer may replace them: files that are gone, or a manifest that is no
  /// longer the same at the end, mean that reading starts again.
  private static func load(
    _ folder: IndexFolder, verification: FileVerification, reusing old: State?
  ) throws(IndexError) -> State {
    var attempt = 0
    while true {
      let manifest = try Manifest(in: folder)
      do {
        let state = try read(manifest, folder, verification, old)
        if try Manifest(in: folder) == manifest { return state }
      } catch {
        // A damaged file is damaged at the second look too; one that was being written is not.
        let isStale = try Manifest(in: folder) != manifest
        if !isStale, attempt > 0 { throw error }
        Thread.sleep(forTimeInterval: 0.005)
      }
      attempt += 1
      guard attempt < 100 else {
        throw IndexError(
          .inputOutput,
          "The index changed \(attempt) times while it was being read. Try again when fewer changes are made.",
          at: FileLocation(path: folder.path))
      }
    }
  }

  private static func read(
    _ manifest: Manifest, _ folder: IndexFolder, _ verification: FileVerification,
    _ old: State?
  ) throws(IndexError) -> State {
    var state: State
    if let old, old.manifest == manifest {
      state = old
    } else {
      let contents = try IndexContents(
        manifest, in: folder, verification: verification, reusing: old?.contents.disk ?? [])
      state = State(manifest: manifest, contents: contents)
    }
    let path = folder.file(IndexFolder.log(manifest.log))
    guard
      var log = try LogReader(
        path: path, manifest: manifest, from: state.logOffset, after: state.logSequence)
    else { return state }
    while let operation = try log.next() { state.contents.apply(operation) }
    state.logOffset = log.offset
    state.logSequence = log.sequence
    return state
  }
}

import Foundation
public import SparrowCore

/// The Hugging Face Hub and the cache of it on this machine.
///
/// Models and data sets are downloaded once into the cache of the official Python library, which
/// reads what is written here and whose files are used here. Everything waits for its end on the
/// calling thread and stops soon after the calling task is cancelled.
///
/// ```swift
/// let hub = Hub(try HubConfiguration())
/// let snapshot = try hub.download(RepositoryReference("naver/splade-v3"), files: .model)
/// let encoder = try SparseEncoder(folder: snapshot.folder)
/// ```
public struct Hub: Sendable {
  /// Where the Hub and the cache are.
  public var configuration: HubConfiguration { client.configuration }
  let client: HubClient

  /// Makes a Hub.
  public init(_ configuration: HubConfiguration) { client = HubClient(configuration) }

  init(client: HubClient) { self.client = client }

  /// Downloads a repository's files unless the cache has them, and gives their folder.
  ///
  /// A branch or tag is looked up each time; when the Hub cannot be reached, what it meant last time
  /// is taken, as long as the cache has all files that are meant. Interrupted downloads go on where
  /// they stopped, and all bytes are checked against the digests that the Hub names.
  ///
  /// - Parameters:
  ///   - reference: the repository and revision.
  ///   - selection: which files; all by default.
  ///   - progress: is told how many bytes are there.
  /// - Returns: the folder and what it is.
  /// - Throws: ``HubError``, with a code for each cause and advice.
  public func download(
    _ reference: RepositoryReference, files selection: FileSelection = .all,
    progress: ProgressReporter? = nil
  ) throws(HubError) -> Snapshot {
    let cancellation = Cancellation()
    if configuration.isOffline {
      return try cached(
        reference, files: selection,
        because: HubError(.offline, "HF_HUB_OFFLINE keeps the network switched off."))
    }
    let tree = RepositoryTree(client: client, cancellation: cancellation)
    let commit: String
    let files: [RemoteFile]
    do throws(HubError) {
      commit = try tree.commit(of: reference)
      files = try tree.files(of: reference, at: commit, cache(of: reference))
    } catch {
      guard error.isTransient,
        let snapshot = try? cached(reference, files: selection, because: error)
      else { throw error }
      return snapshot
    }
    let download = SnapshotDownload(
      client: client, cache: cache(of: reference), cancellation: cancellation, progress: progress)
    return try download.run(reference, commit, files.filter { selection.contains($0.path) })
  }

  /// The files of a repository at a revision, in the Hub's order.
  public func files(of reference: RepositoryReference) throws(HubError) -> [RemoteFile] {
    guard !configuration.isOffline else {
      throw HubError(.offline, "HF_HUB_OFFLINE keeps the network switched off.")
    }
    let tree = RepositoryTree(client: client, cancellation: Cancellation())
    return try tree.files(
      of: reference, at: tree.commit(of: reference), cache(of: reference))
  }

  /// The folder of a repository that is in the cache already; the Hub is not asked.
  ///
  /// - Parameters:
  ///   - reference: the repository and revision.
  ///   - selection: the files that have to be there.
  /// - Returns: the folder and what it is.
  /// - Throws: ``HubError`` with the code `offline` when something is missing.
  public func cached(
    _ reference: RepositoryReference, files selection: FileSelection = .all
  ) throws(HubError) -> Snapshot {
    try cached(reference, files: selection, because: nil)
  }

  private func cached(
    _ reference: RepositoryReference, files selection: FileSelection, because reason: HubError?
  ) throws(HubError) -> Snapshot {
    let cache = cache(of: reference)
    guard let commit = cache.commit(of: reference),
      FileManager.default.fileExists(atPath: cache.snapshot(commit).path)
    else {
      throw HubError(
        .offline,
        "\(reference) is not in the cache, and the network is not to be used. Download it first, or unset HF_HUB_OFFLINE.",
        at: FileLocation(path: cache.folder.path))
    }
    let known = try RepositoryTree.cached(cache.tree(commit))?.map(\.path)
    var paths: [String] = []
    for path in known ?? CacheFolders.files(in: cache.snapshot(commit))
    where selection.contains(path) {
      guard try cache.contains(path, in: commit) else {
        throw HubError(
          .offline,
          "The cache has no \(path) of \(reference), and the network is not to be used. Download it first, or unset HF_HUB_OFFLINE.",
          at: FileLocation(path: cache.snapshot(commit).path))
      }
      paths.append(path)
    }
    return Snapshot(
      folder: cache.snapshot(commit), commit: commit, paths: paths, reasonForAge: reason)
  }

  func cache(of reference: RepositoryReference) -> RepositoryCache {
    RepositoryCache(of: reference, in: configuration.cacheFolder)
  }
}

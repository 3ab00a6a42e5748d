import Foundation
import SparrowCore
import Synchronization

/// Brings files of a commit into the cache, several at a time.
struct SnapshotDownload: Sendable {
  let client: HubClient
  let cache: RepositoryCache
  let cancellation: Cancellation
  let progress: ProgressReporter?

  func run(
    _ reference: RepositoryReference, _ commit: String, _ files: [RemoteFile]
  ) throws(HubError) -> Snapshot {
    guard !files.isEmpty else {
      throw HubError(
        .fileNotFound,
        "\(reference) has no file that is meant. sparrow hub list \(reference) shows what it has.")
    }
    var missing: [RemoteFile] = []
    for file in files where !(try cache.contains(file.path, in: commit)) { missing.append(file) }
    if !missing.isEmpty { try fetch(missing, reference, commit) }
    try cache.setCommit(commit, of: reference)
    return Snapshot(
      folder: cache.snapshot(commit), commit: commit, paths: files.map(\.path), reasonForAge: nil)
  }

  private func fetch(
    _ files: [RemoteFile], _ reference: RepositoryReference, _ commit: String
  ) throws(HubError) {
    try CacheFolders.tag(cache.root)
    let counter = ByteCounter(
      "Downloading \(reference.name)", total: files.reduce(0) { $0 + $1.byteCount }, progress)
    let download = BlobDownload(
      client: client, cache: cache, cancellation: cancellation, advance: counter.add)
    // The largest first, so that none is left alone at the end.
    let order = files.sorted { ($0.byteCount, $1.path) > ($1.byteCount, $0.path) }
    try ParallelWork.forEach(
      order, threadCount: client.configuration.transferCount, cancellation
    ) { (file) throws(HubError) in
      try download.run(file, of: reference, at: commit)
      try cache.link(file, in: commit)
    }
  }
}

/// Adds up the bytes of several transfers.
final class ByteCounter: Sendable {
  private let activity: String
  private let total: Int
  private let progress: ProgressReporter?
  private let completed = Mutex(0)

  init(_ activity: String, total: Int, _ progress: ProgressReporter?) {
    self.activity = activity
    self.total = total
    self.progress = progress
  }

  /// Counts more bytes, or fewer.
  @Sendable func add(_ byteCount: Int) {
    let completed = completed.withLock { completed in
      completed += byteCount
      return completed
    }
    progress?(
      ProgressUpdate(activity: activity, completed: completed, total: total, unit: "bytes"))
  }
}

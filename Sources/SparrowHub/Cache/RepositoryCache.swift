import Foundation
import SparrowCore

/// The part of the cache that belongs to one repository, in the layout of `huggingface_hub`.
///
///     models--owner--name/blobs/<digest>              the bytes of files, named by their digests
///                         refs/<revision>             the commit that a branch or tag meant
///                         snapshots/<commit>/<path>   links to blobs
///                         trees/<commit>.json         which files a commit has
///     .locks/models--owner--name/<digest>.lock        one writer at a time
struct RepositoryCache: Sendable {
  /// The folder of all repositories.
  let root: URL
  /// The repository's folder.
  let folder: URL

  init(of reference: RepositoryReference, in root: URL) {
    self.root = root
    folder = root.appendingPathComponent(
      ([reference.kind.rawValue + "s"] + reference.name.split(separator: "/").map(String.init))
        .joined(separator: "--"))
  }

  func blob(_ name: BlobName) -> URL {
    folder.appendingPathComponent("blobs").appendingPathComponent(name.digits)
  }

  func lock(_ name: BlobName) -> URL {
    root.appendingPathComponent(".locks").appendingPathComponent(folder.lastPathComponent)
      .appendingPathComponent(name.digits + ".lock")
  }

  func snapshot(_ commit: String) -> URL {
    folder.appendingPathComponent("snapshots").appendingPathComponent(commit)
  }

  func tree(_ commit: String) -> URL {
    folder.appendingPathComponent("trees").appendingPathComponent(commit + ".json")
  }

  private func reference(_ revision: String) -> URL {
    folder.appendingPathComponent("refs").appendingPathComponent(revision)
  }

  /// The commit that a revision meant when it was last looked up; nil when it never was.
  func commit(of reference: RepositoryReference) -> String? {
    if reference.isCommit { return reference.revision }
    let file = self.reference(reference.revision)
    guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
    let commit = String(text.prefix { !$0.isWhitespace })
    return RepositoryReference.isCommit(commit) ? commit : nil
  }

  /// Remembers what a revision means.
  func setCommit(_ commit: String, of reference: RepositoryReference) throws(HubError) {
    guard !reference.isCommit, self.commit(of: reference) != commit else { return }
    let file = self.reference(reference.revision)
    try makeFolder(of: file)
    do {
      try AtomicFile.write(Data(commit.utf8), to: file)
    } catch {
      throw HubError(writing: file, error)
    }
  }

  /// Makes a snapshot's file a link to a blob, replacing what was there.
  func link(_ file: RemoteFile, in commit: String) throws(HubError) {
    let place = snapshot(commit).appendingPathComponent(file.path)
    try makeFolder(of: place)
    let depth = file.path.split(separator: "/").count
    let target = String(repeating: "../", count: depth + 1) + "blobs/" + file.blob.digits
    let temporary = place.deletingLastPathComponent()
      .appendingPathComponent(".\(UUID().uuidString).tmp")
    do {
      try FileManager.default.createSymbolicLink(
        atPath: temporary.path, withDestinationPath: target)
      guard unsafe rename(temporary.path, place.path) == 0 else {
        throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
      }
    } catch {
      try? FileManager.default.removeItem(at: temporary)
      throw HubError(writing: place, error)
    }
  }

  /// Whether a snapshot has a file, which must lead to bytes within the cache.
  func contains(_ path: String, in commit: String) throws(HubError) -> Bool {
    let place = snapshot(commit).appendingPathComponent(path)
    guard FileManager.default.fileExists(atPath: place.path) else { return false }
    let link = try? FileManager.default.destinationOfSymbolicLink(atPath: place.path)
    let inside = root.resolvingSymlinksInPath().path + "/"
    guard link?.hasPrefix("/") != true, place.resolvingSymlinksInPath().path.hasPrefix(inside)
    else {
      throw HubError(
        .corrupted,
        "Expected a link into the cache, found one to '\(link ?? "")' outside of it. Remove it and download again.",
        at: FileLocation(path: place.path))
    }
    return true
  }

  func makeFolder(of file: URL) throws(HubError) {
    do {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    } catch {
      throw HubError(writing: file, error)
    }
  }
}

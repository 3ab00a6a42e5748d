import Foundation
import SparrowCore
import Synchronization

/// Brings the bytes of one file into the cache: resumed where an earlier try ended, and checked.
struct BlobDownload: Sendable {
  let client: HubClient
  let cache: RepositoryCache
  let cancellation: Cancellation
  /// Is told how many more bytes are there; a negative number when some had to be thrown away.
  let advance: @Sendable (Int) -> Void

  /// Downloads a file unless its bytes are in the cache already.
  func run(
    _ file: RemoteFile, of reference: RepositoryReference, at commit: String
  ) throws(HubError) {
    let lock = try FileLock(cache.lock(file.blob), cancellation)
    defer { withExtendedLifetime(lock) {} }
    let destination = cache.blob(file.blob)
    if Self.byteCount(of: destination) == file.byteCount {
      advance(file.byteCount)
      return
    }
    try cache.makeFolder(of: destination)
    let partial = destination.appendingPathExtension("incomplete")
    let address = client.address(
      reference.addressParts + ["resolve", commit]
        + file.path.split(separator: "/").map(String.init))
    var isSecondTry = false
    while true {
      try client.retrying(cancellation) { () throws(HubError) in
        try fetch(file, from: address, to: partial, about: reference)
      }
      let found = try BlobName(
        ofFile: partial, by: file.blob.method, isCancelled: { cancellation.isCancelled })
      if found == file.blob { break }
      try? FileManager.default.removeItem(at: partial)
      advance(-file.byteCount)
      guard !isSecondTry else {
        throw HubError(
          .corrupted,
          "Expected \(file.path) of \(reference) to have the digest \(file.digest), twice got bytes with \(found.digits). A proxy may alter them; nothing was kept."
        )
      }
      // What an earlier try had left may have been damaged: once more from the beginning.
      isSecondTry = true
    }
    guard unsafe rename(partial.path, destination.path) == 0 else {
      throw HubError(writing: destination, POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO))
    }
  }

  /// Gets the bytes that a partial file lacks.
  private func fetch(
    _ file: RemoteFile, from address: URL, to partial: URL, about reference: RepositoryReference
  ) throws(HubError) {
    let writer = try PartialFile(partial, limit: file.byteCount)
    advance(writer.byteCount)
    let start = writer.byteCount
    defer { if writer.byteCount < file.byteCount { advance(-writer.byteCount) } }
    guard start < file.byteCount || file.byteCount == 0 else { return }
    var request = HTTPRequest(url: address)
    if start > 0 { request.headers["Range"] = "bytes=\(start)-" }
    try client.send(request, about: reference, cancellation) { response, data in
      if start > 0, response.status != 206, writer.byteCount == start, !writer.hasRestarted {
        // The server sends everything from the beginning.
        try writer.restart()
        advance(-start)
      }
      try writer.append(data)
      advance(data.count)
    }
    guard writer.byteCount == file.byteCount else {
      throw HubError(
        .connection,
        "Expected \(file.byteCount) bytes of \(file.path) of \(reference), got \(writer.byteCount)."
      )
    }
  }

  private static func byteCount(of file: URL) -> Int? {
    // A blob may be a link into the store that repositories share.
    let path = file.resolvingSymlinksInPath().path
    return (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? nil
  }
}

/// A file that grows at its end.
private final class PartialFile: Sendable {
  private struct State {
    var byteCount: Int
    var hasRestarted = false
  }

  private let file: URL
  private let handle: FileHandle
  private let limit: Int
  private let state: Mutex<State>

  /// Opens a file at its end; one that is longer than it may become starts anew.
  init(_ file: URL, limit: Int) throws(HubError) {
    self.file = file
    self.limit = limit
    do {
      if !FileManager.default.fileExists(atPath: file.path) {
        guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
          throw CocoaError(.fileWriteNoPermission)
        }
      }
      handle = try FileHandle(forUpdating: file)
      var byteCount = Int(try handle.seekToEnd())
      if byteCount > limit {
        try handle.truncate(atOffset: 0)
        byteCount = 0
      }
      state = Mutex(State(byteCount: byteCount))
    } catch {
      throw HubError(writing: file, error)
    }
  }

  deinit { try? handle.close() }

  var byteCount: Int { state.withLock { $0.byteCount } }
  var hasRestarted: Bool { state.withLock { $0.hasRestarted } }

  func append(_ data: Data) throws(HubError) {
    guard byteCount + data.count <= limit else {
      throw HubError(
        .corrupted, "Expected \(limit) bytes, the server sends more.",
        at: FileLocation(path: file.path))
    }
    do {
      try handle.write(contentsOf: data)
    } catch {
      throw HubError(writing: file, error)
    }
    state.withLock { $0.byteCount += data.count }
  }

  func restart() throws(HubError) {
    do {
      try handle.truncate(atOffset: 0)
    } catch {
      throw HubError(writing: file, error)
    }
    state.withLock { $0 = State(byteCount: 0, hasRestarted: true) }
  }
}

extension RepositoryReference {
  /// What an address of a file begins with.
  var addressParts: [String] { (kind == .model ? [] : [kind.rawValue + "s"]) + nameParts }
}

import Foundation
import SparrowCore

/// A lock between processes, the same that the Python library takes (`flock` on a file).
final class FileLock: Sendable {
  private let descriptor: Int32

  /// Waits until the lock is free and takes it.
  init(_ file: URL, _ cancellation: Cancellation) throws(HubError) {
    do {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    } catch {
      throw HubError(writing: file, error)
    }
    descriptor = unsafe open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Self.failure(file) }
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard [EWOULDBLOCK, EINTR].contains(errno) else { throw Self.failure(file) }
      try HubClient.sleep(.milliseconds(50), cancellation)
    }
  }

  /// Gives the lock back.
  deinit { if descriptor >= 0 { close(descriptor) } }

  private static func failure(_ file: URL) -> HubError {
    HubError(writing: file, POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO))
  }
}

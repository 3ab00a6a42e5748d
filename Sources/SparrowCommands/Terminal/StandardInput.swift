import Foundation
import SparrowCore

/// Reads from a stream that may make the reader wait.
enum StandardInput {
  /// How long one wait lasts before cancellation is looked at.
  private static let waitMilliseconds: Int32 = 200

  /// The next bytes, nil at the end.
  ///
  /// - Throws: `CoreError` when reading fails or the task is cancelled.
  static func nextChunk(of descriptor: Int32) throws(CoreError) -> [UInt8]? {
    try waitForBytes(descriptor)
    var chunk = [UInt8](repeating: 0, count: LineReader.chunkByteCount)
    let count = unsafe chunk.withUnsafeMutableBytes { buffer in
      unsafe read(descriptor, buffer.baseAddress, buffer.count)
    }
    guard count >= 0 else {
      if errno == EINTR { return try nextChunk(of: descriptor) }
      throw failure()
    }
    return count == 0 ? nil : Array(chunk.prefix(count))
  }

  private static func waitForBytes(_ descriptor: Int32) throws(CoreError) {
    while true {
      guard !Task.isCancelled else {
        throw CoreError(.cancelled, "Reading the standard input was cancelled.")
      }
      var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let count = unsafe poll(&request, 1, waitMilliseconds)
      if count > 0 { return }
      if count < 0, errno != EINTR { throw failure() }
    }
  }

  private static func failure() -> CoreError {
    let reason = unsafe String(cString: strerror(errno))
    return CoreError(.inputOutput, "Could not read the standard input (\(reason)).")
  }
}

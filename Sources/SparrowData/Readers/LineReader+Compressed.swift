package import Foundation
package import SparrowCore

extension LineReader {
  /// Reads a file that may be compressed with gzip, which is told by its first bytes.
  ///
  /// - Throws: `CoreError` when the file is missing, a folder or unreadable, or ends in `.gz` and is
  ///   not compressed.
  package init(possiblyCompressed url: URL) throws(CoreError) {
    let source = try FileChunks(url)
    var first = try source.next()
    let isCompressed = first?.starts(with: [0x1F, 0x8B]) == true
    guard isCompressed || url.pathExtension.lowercased() != "gz" else {
      throw CoreError(
        .invalidData, "A file that ends in '.gz' must be compressed with gzip; this one is not.",
        at: FileLocation(path: url.path))
    }
    let plain = { () throws(CoreError) -> [UInt8]? in
      guard let chunk = first else { return try source.next() }
      first = nil
      return chunk
    }
    guard isCompressed else {
      self.init(path: url.path, nextChunk: plain)
      return
    }
    let decompressed = try GzipChunks(path: url.path, nextInput: plain)
    self.init(path: url.path) { () throws(CoreError) in try decompressed.next() }
  }
}

import Foundation
import SparrowCore
import Synchronization

/// A file that exists only in memory, for segments that are not on disk.
final class MemoryFile: WritableFile {
  private let chunks = Mutex<[(offset: Int, bytes: [UInt8])]>([])

  func write(_ bytes: [UInt8], at offset: Int) {
    chunks.withLock { $0.append((offset, bytes)) }
  }

  func sync() {}

  func close() {}

  /// The file's contents.
  ///
  /// - Throws: ``IndexError`` when memory runs out.
  func contents(size: Int) throws(IndexError) -> Region {
    var memory: UnsafeMutableRawPointer?
    guard unsafe posix_memalign(&memory, 64, max(64, size)) == 0, let memory = unsafe memory else {
      throw IndexError(.failure, "There is no memory left for a segment of \(size) bytes.")
    }
    unsafe memset(memory, 0, size)
    chunks.withLock { chunks in
      for (offset, bytes) in chunks {
        unsafe bytes.withUnsafeBytes { source in
          if let start = source.baseAddress {
            unsafe memcpy(memory + offset, start, source.count)
          }
        }
      }
    }
    return unsafe Region(
      owning: UnsafeRawBufferPointer(start: memory, count: size), isMapped: false)
  }
}

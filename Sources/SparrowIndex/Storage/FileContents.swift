import Foundation
import SparrowCore

/// Reads files of an index.
package enum FileContents {
  /// Maps a whole file into memory for reading.
  ///
  /// - Throws: ``IndexError`` when the file is missing, empty or cannot be mapped.
  static func map(_ path: String) throws(IndexError) -> Region {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw LocalFileSystem.failure("open", path) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw LocalFileSystem.failure("inspect", path)
    }
    guard status.st_size > 0 else {
      throw IndexError(
        .invalidData, "The file is empty; it was cut off. Build the index again.",
        at: FileLocation(path: path))
    }
    let size = Int(status.st_size)
    let base = unsafe mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0)
    guard let base = unsafe base, unsafe base != MAP_FAILED else {
      throw LocalFileSystem.failure("map", path)
    }
    return unsafe Region(
      owning: UnsafeRawBufferPointer(start: base, count: size), isMapped: true)
  }

  /// Reads a part of a file: up to `length` bytes from an offset, nil when the file is missing.
  package static func read(
    _ path: String, from offset: Int, length: Int = .max
  ) throws(IndexError) -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw LocalFileSystem.failure("open", path)
    }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw LocalFileSystem.failure("inspect", path)
    }
    var bytes = [UInt8](repeating: 0, count: max(0, min(length, Int(status.st_size) - offset)))
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeMutableBytes { target in
        unsafe pread(
          descriptor, target.baseAddress?.advanced(by: done), target.count - done,
          off_t(offset + done))
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw LocalFileSystem.failure("read", path) }
      if count == 0 { break }
      done += count
    }
    bytes.removeLast(bytes.count - done)
    return bytes
  }

  /// Reads a whole file, nil when it is missing.
  static func read(_ path: String) throws(IndexError) -> [UInt8]? {
    try read(path, from: 0)
  }
}

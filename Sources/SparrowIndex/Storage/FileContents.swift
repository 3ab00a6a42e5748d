import Foundation
import SparrowCore

/// Reads files of an index.
enum FileContents {
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

  /// Reads a whole file, nil when it is missing.
  static func read(_ path: String) throws(IndexError) -> [UInt8]? {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      if !FileManager.default.fileExists(atPath: path) { return nil }
      throw IndexError(
        .inputOutput,
        "Could not read the file (\(AtomicFile.reason(error))). Check its permissions.",
        at: FileLocation(path: path))
    }
    return [UInt8](data)
  }
}

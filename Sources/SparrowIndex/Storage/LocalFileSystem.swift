import Foundation
import SparrowCore
import Synchronization

/// The file system of the machine.
package struct LocalFileSystem: FileSystem {
  package init() {}

  package func createFile(_ path: String) throws(IndexError) -> any WritableFile {
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Self.failure("create", path) }
    return LocalFile(descriptor: descriptor, path: path)
  }

  package func openFile(_ path: String, cutTo length: Int) throws(IndexError) -> any WritableFile {
    let descriptor = unsafe open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure("open", path) }
    guard ftruncate(descriptor, off_t(length)) == 0 else {
      let error = Self.failure("shorten", path)
      Foundation.close(descriptor)
      throw error
    }
    return LocalFile(descriptor: descriptor, path: path)
  }

  package func rename(_ path: String, to newPath: String) throws(IndexError) {
    guard unsafe Foundation.rename(path, newPath) == 0 else { throw Self.failure("rename", path) }
  }

  package func remove(_ path: String) throws(IndexError) {
    guard unsafe unlink(path) == 0 || errno == ENOENT else { throw Self.failure("remove", path) }
  }

  package func syncFolder(_ path: String) throws(IndexError) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure("open", path) }
    defer { Foundation.close(descriptor) }
    guard fsync(descriptor) == 0 else { throw Self.failure("flush", path) }
  }

  package func createFolder(_ path: String) throws(IndexError) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw IndexError(
        .inputOutput,
        "Could not create the folder (\(AtomicFile.reason(error))). Check the path and its permissions.",
        at: FileLocation(path: path))
    }
  }

  /// An error with the system's reason for the call that has just failed.
  static func failure(_ action: String, _ path: String) -> IndexError {
    let code = errno
    let reason = unsafe String(cString: strerror(code))
    return IndexError(
      code == ENOENT ? .missing : .inputOutput,
      "Could not \(action) the file (\(reason)). Check that it exists, that its folder is writable and that there is free space.",
      at: FileLocation(path: path))
  }
}

/// A file of the machine, open for writing.
private final class LocalFile: WritableFile {
  private let descriptor: Mutex<Int32>
  private let path: String

  init(descriptor: Int32, path: String) {
    self.descriptor = Mutex(descriptor)
    self.path = path
  }

  deinit { try? close() }

  func write(_ bytes: [UInt8], at offset: Int) throws(IndexError) {
    let descriptor = descriptor.withLock { $0 }
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { source in
        unsafe pwrite(
          descriptor, source.baseAddress?.advanced(by: written), source.count - written,
          off_t(offset + written))
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw LocalFileSystem.failure("write", path) }
      written += count
    }
  }

  func sync() throws(IndexError) {
    guard fsync(descriptor.withLock { $0 }) == 0 else {
      throw LocalFileSystem.failure("flush", path)
    }
  }

  func close() throws(IndexError) {
    let open = descriptor.withLock { descriptor in
      defer { descriptor = -1 }
      return descriptor
    }
    guard open >= 0 else { return }
    guard Foundation.close(open) == 0 else { throw LocalFileSystem.failure("close", path) }
  }
}

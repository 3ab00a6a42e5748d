package import Foundation
import SparrowCore

/// Makes sure that an index has one writer, across processes.
///
/// The lock belongs to the open file and ends with it, also when the process is killed. It is given
/// back explicitly: a process that is being started has a copy of the open file for a moment, and
/// closing ours alone would leave the lock with it.
package final class IndexLock: Sendable {
  let descriptor: Int32

  /// Takes the lock of the index in a folder.
  ///
  /// - Throws: ``IndexError`` when another writer has it.
  package convenience init(of folder: URL) throws(IndexError) {
    try self.init(IndexFolder(folder))
  }

  /// Takes the lock.
  ///
  /// - Throws: ``IndexError`` when another writer has it.
  init(_ folder: IndexFolder) throws(IndexError) {
    let path = folder.file(IndexFolder.lock)
    let opened = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard opened >= 0 else { throw LocalFileSystem.failure("open", path) }
    guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
      let isTaken = errno == EWOULDBLOCK
      let failure = LocalFileSystem.failure("lock", path)
      close(opened)
      guard isTaken else { throw failure }
      throw IndexError(
        .usage,
        "Another writer has this index open. Wait until it is closed, or stop the process that holds it.",
        at: FileLocation(path: folder.path))
    }
    descriptor = opened
  }

  deinit {
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}

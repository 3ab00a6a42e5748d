import Foundation
import SparrowCore
import Synchronization

@testable import SparrowIndex

/// A file system in which one chosen operation goes wrong, and which knows what would be left
/// after a loss of power.
final class FaultyFileSystem: FileSystem {
  /// What happens at the chosen operation.
  enum Fault: CaseIterable {
    /// It fails, as on a full disk, after a part of it was done; later ones succeed.
    case error
    /// The process dies in the middle of it: this and all later operations fail.
    case death
    /// As `death`, and the machine loses all that was not flushed.
    case powerLoss
  }

  private struct State {
    var operationCount = 0
    var isDead = false
    /// Files under their present names.
    var names: [String: FaultyFile] = [:]
    /// Files under the names that were made durable.
    var durableNames: [String: FaultyFile] = [:]
  }

  private let local = LocalFileSystem()
  private let fault: Fault
  private let position: Int
  private let state = Mutex(State())

  /// Makes a file system whose operation number `position` goes wrong.
  init(_ fault: Fault, at position: Int) {
    self.fault = fault
    self.position = position
  }

  /// How many operations there were.
  var operationCount: Int { state.withLock { $0.operationCount } }
  /// Whether the chosen operation has been reached.
  var hasHappened: Bool { operationCount > position }

  /// Counts an operation and tells whether it goes wrong; throws when the process is dead.
  fileprivate func begin(_ path: String) throws(IndexError) -> Bool {
    let (isDead, isFaulty) = state.withLock { state in
      let isFaulty = state.operationCount == position
      state.operationCount += 1
      let wasDead = state.isDead
      if isFaulty, fault != .error { state.isDead = true }
      return (wasDead, isFaulty)
    }
    if isDead { throw Self.failure(path) }
    return isFaulty
  }

  static func failure(_ path: String) -> IndexError {
    IndexError(.inputOutput, "No space left on device (injected).", at: FileLocation(path: path))
  }

  private func check(_ path: String) throws(IndexError) {
    if try begin(path) { throw Self.failure(path) }
  }

  func createFile(_ path: String) throws(IndexError) -> any WritableFile {
    try check(path)
    let file = FaultyFile(try local.createFile(path), path: path, system: self, durable: [])
    state.withLock { $0.names[path] = file }
    return file
  }

  func openFile(_ path: String, cutTo length: Int) throws(IndexError) -> any WritableFile {
    try check(path)
    let before = try FileContents.read(path) ?? []
    let file = FaultyFile(
      try local.openFile(path, cutTo: length), path: path, system: self, durable: before)
    state.withLock { state in
      state.names[path] = file
      state.durableNames[path] = file
    }
    return file
  }

  func rename(_ path: String, to newPath: String) throws(IndexError) {
    try check(path)
    try local.rename(path, to: newPath)
    state.withLock { state in
      state.names[newPath] = state.names.removeValue(forKey: path)
      state.names[newPath]?.rename(newPath)
    }
  }

  func remove(_ path: String) throws(IndexError) {
    try check(path)
    try local.remove(path)
    _ = state.withLock { $0.names.removeValue(forKey: path) }
  }

  func syncFolder(_ path: String) throws(IndexError) {
    try check(path)
    state.withLock { $0.durableNames = $0.names }
  }

  func createFolder(_ path: String) throws(IndexError) { try local.createFolder(path) }

  /// Takes note of the files of a folder that existed before.
  func adopt(_ folder: URL) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
    where name != IndexFolder.lock {
      let path = folder.path + "/" + name
      let file = FaultyFile(
        try local.openFile(path, cutTo: (try FileContents.read(path) ?? []).count), path: path,
        system: self, durable: try FileContents.read(path) ?? [])
      state.withLock { state in
        state.names[path] = file
        state.durableNames[path] = file
      }
    }
  }

  /// Brings the folder into the state after a loss of power, if that was the fault and the folder
  /// is not in use by another file system by now.
  func loseWhatWasNotFlushed(_ folder: URL, unless isInUse: Bool = false) throws {
    guard fault == .powerLoss, hasHappened, !isInUse else { return }
    let manager = FileManager.default
    for name in try manager.contentsOfDirectory(atPath: folder.path) where name != "LOCK" {
      try manager.removeItem(at: folder.appendingPathComponent(name))
    }
    for (path, file) in state.withLock({ $0.durableNames }) {
      try Data(file.durableContents).write(to: URL(fileURLWithPath: path))
    }
  }
}

/// A file of a faulty file system.
final class FaultyFile: WritableFile {
  private struct State {
    var path: String
    var durable: [UInt8]
  }

  private let file: any WritableFile
  private let system: FaultyFileSystem
  private let state: Mutex<State>

  init(
    _ file: any WritableFile, path: String, system: FaultyFileSystem, durable: [UInt8]
  ) {
    self.file = file
    self.system = system
    state = Mutex(State(path: path, durable: durable))
  }

  private var path: String { state.withLock { $0.path } }
  /// What the file held when it was last flushed.
  var durableContents: [UInt8] { state.withLock { $0.durable } }

  func rename(_ path: String) { state.withLock { $0.path = path } }

  func write(_ bytes: [UInt8], at offset: Int) throws(IndexError) {
    if try system.begin(path) {
      try file.write(Array(bytes.prefix(bytes.count / 2)), at: offset)
      throw FaultyFileSystem.failure(path)
    }
    try file.write(bytes, at: offset)
  }

  func sync() throws(IndexError) {
    if try system.begin(path) { throw FaultyFileSystem.failure(path) }
    // What a flush makes durable is remembered here; the disk need not be bothered.
    let contents = try FileContents.read(path) ?? []
    state.withLock { $0.durable = contents }
  }

  func close() throws(IndexError) { try file.close() }
}

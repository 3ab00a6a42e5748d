import Foundation
import SparrowCore
import SparrowIndex

/// The files of a cache: numbered segments, each a file of records and one of vectors.
///
/// Files only grow, and only under the lock, so whoever reads them needs none: what is not complete
/// yet has no record, and what a crash left behind fails its checksum.
struct CacheFolder: Sendable {
  let url: URL

  private static let prefix = "segment-"
  private static let recordsSuffix = ".keys"
  private static let vectorsSuffix = ".vectors"
  private static let lockName = "LOCK"

  /// A segment's size and the time of its last use.
  struct SegmentState: Sendable {
    let number: Int
    var byteCount: Int
    var used: Date
  }

  /// The path of a segment's records.
  func records(_ number: Int) -> String {
    url.appendingPathComponent("\(Self.prefix)\(number)\(Self.recordsSuffix)").path
  }

  /// The path of a segment's vectors.
  func vectors(_ number: Int) -> String {
    url.appendingPathComponent("\(Self.prefix)\(number)\(Self.vectorsSuffix)").path
  }

  /// The segments, in the order of their numbers.
  func segments() -> [SegmentState] {
    let manager = FileManager.default
    var found: [Int: SegmentState] = [:]
    for name in (try? manager.contentsOfDirectory(atPath: url.path)) ?? [] {
      guard name.hasPrefix(Self.prefix), let dot = name.lastIndex(of: "."),
        [Self.recordsSuffix, Self.vectorsSuffix].contains(String(name[dot...])),
        let number = Int(name[..<dot].dropFirst(Self.prefix.count)),
        let attributes = try? manager.attributesOfItem(
          atPath: url.appendingPathComponent(name).path)
      else { continue }
      let date = attributes[.modificationDate] as? Date ?? .distantPast
      var state =
        found[number] ?? SegmentState(number: number, byteCount: 0, used: .distantPast)
      state.byteCount += attributes[.size] as? Int ?? 0
      state.used = max(state.used, date)
      found[number] = state
    }
    return found.values.sorted { $0.number < $1.number }
  }

  /// The records of a segment from a place in their file, and where the next ones will begin.
  ///
  /// Damaged records are left out.
  func readRecords(_ number: Int, from start: Int) -> (records: [CacheRecord], end: Int) {
    guard let bytes = try? FileContents.read(records(number), from: start) else {
      return ([], start)
    }
    var rest = bytes[...]
    if start == 0 {
      guard rest.starts(with: CacheRecord.magic) else { return ([], 0) }
      rest = rest.dropFirst(CacheRecord.magic.count)
    }
    var found: [CacheRecord] = []
    while rest.count >= CacheRecord.byteCount {
      if let record = CacheRecord(Array(rest.prefix(CacheRecord.byteCount))) {
        found.append(record)
      }
      rest = rest.dropFirst(CacheRecord.byteCount)
    }
    return (found, start + bytes.count - rest.count)
  }

  /// Notes that vectors of a segment were used.
  func touch(_ number: Int, at date: Date) {
    try? FileManager.default.setAttributes(
      [.modificationDate: date], ofItemAtPath: vectors(number))
  }

  /// Removes a segment.
  func remove(_ number: Int) {
    for path in [records(number), vectors(number)] {
      try? FileManager.default.removeItem(atPath: path)
    }
  }

  /// Appends vectors to a segment: first their bytes, then the records that make them known.
  func append(_ entries: [(key: VectorKey, payload: [UInt8])], to number: Int) throws {
    let vectorFile = try FileHandle(forAppendingTo: vectors(number))
    defer { try? vectorFile.close() }
    var offset = try vectorFile.seekToEnd()
    var recordBytes: [UInt8] = []
    var payloads: [UInt8] = []
    for (key, payload) in entries {
      recordBytes += CacheRecord(key: key, offset: offset, payload: payload).bytes
      payloads += payload
      offset += UInt64(payload.count)
    }
    try vectorFile.write(contentsOf: payloads)
    let recordFile = try FileHandle(forAppendingTo: records(number))
    defer { try? recordFile.close() }
    // A record that was cut off by a crash would shift all that follow.
    let end = Int(try recordFile.seekToEnd())
    if end < CacheRecord.magic.count {
      try recordFile.truncate(atOffset: 0)
      try recordFile.write(contentsOf: CacheRecord.magic)
    } else {
      let excess = (end - CacheRecord.magic.count) % CacheRecord.byteCount
      try recordFile.truncate(atOffset: UInt64(end - excess))
    }
    try recordFile.seekToEnd()
    try recordFile.write(contentsOf: recordBytes)
  }

  /// Runs something while no other process and no other cache changes files.
  func withLock<Result>(_ body: () throws -> Result) throws -> Result {
    let lock = try FileHandle(forAppendingTo: url.appendingPathComponent(Self.lockName).path)
    defer { try? lock.close() }
    while flock(lock.fileDescriptor, LOCK_EX) != 0 {
      guard errno == EINTR else { throw CocoaError(.fileLocking) }
    }
    return try body()
  }
}

extension FileHandle {
  /// Opens a file for writing, which is made if it is not there.
  fileprivate convenience init(forAppendingTo path: String) throws {
    if !FileManager.default.fileExists(atPath: path) {
      _ = FileManager.default.createFile(atPath: path, contents: nil)
    }
    try self.init(forUpdating: URL(fileURLWithPath: path))
  }
}

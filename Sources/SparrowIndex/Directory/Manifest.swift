import Foundation
import SparrowCore

/// What an index consists of at one moment: the file that is replaced in one step whenever
/// segments change.
///
/// One line with format, version, checksum and length of the rest, then JSON.
struct Manifest: Sendable, Hashable {
  /// One segment file.
  struct Entry: Sendable, Hashable {
    var file: String
    var documentCount: Int
    var byteCount: Int
    /// CRC-32C of the segment's header, which holds the checksums of its sections.
    var headerChecksum: UInt32
    /// The file of deleted documents, nil when there are none.
    var deletions: String?
    var deletedCount: Int
  }

  static let format = "sparrow-index"
  static let version = 1

  /// Identifies the index among others, so that files of two cannot be mixed.
  var identifier: String
  var dimension: Int
  var precision: WeightPrecision
  /// Counts the manifests of this index.
  var generation: Int
  /// The number of the next segment, deletion or log file.
  var nextFile: Int
  /// The number of the log whose records come on top of the segments; the file may be absent.
  var log: Int
  var segments: [Entry]
  var calibration: ApproximateCalibration?

  /// The names of all files.
  var files: Set<String> {
    var names: Set<String> = [IndexFolder.manifest, IndexFolder.lock, IndexFolder.log(log)]
    for segment in segments {
      names.insert(segment.file)
      if let deletions = segment.deletions { names.insert(deletions) }
    }
    return names
  }

  // MARK: Writing

  /// The manifest as the bytes of its file.
  var bytes: [UInt8] {
    let json = [UInt8](JSONValue.object(contents).data(JSONFormat(indent: 1))) + [10]
    let checksum = Kernels.best.checksum(json)
    let hexadecimal = String(checksum, radix: 16)
    let padded = String(repeating: "0", count: 8 - hexadecimal.count) + hexadecimal
    return Array("\(Self.format) \(Self.version) \(padded) \(json.count)\n".utf8) + json
  }

  private var contents: JSONObject {
    var members: [(String, JSONValue)] = [
      ("id", .string(identifier)),
      ("dimension", .integer(Int64(dimension))),
      ("precision", .string(precision.rawValue)),
      ("generation", .integer(Int64(generation))),
      ("next_file", .integer(Int64(nextFile))),
      ("log", .integer(Int64(log))),
      ("segments", .array(segments.map(Self.json))),
    ]
    if let calibration { members.append(("approximate", calibration.json)) }
    return JSONObject(members)
  }

  private static func json(_ entry: Entry) -> JSONValue {
    .object(
      JSONObject([
        ("file", .string(entry.file)),
        ("documents", .integer(Int64(entry.documentCount))),
        ("bytes", .integer(Int64(entry.byteCount))),
        ("header_checksum", .integer(Int64(entry.headerChecksum))),
        ("deletions", entry.deletions.map { .string($0) } ?? .null),
        ("deleted", .integer(Int64(entry.deletedCount))),
      ]))
  }

  // MARK: Reading

  /// Reads the manifest of a folder.
  ///
  /// - Throws: ``IndexError`` when there is none, or it is damaged or of another version.
  init(in folder: IndexFolder) throws(IndexError) {
    let path = folder.file(IndexFolder.manifest)
    guard let bytes = try FileContents.read(path) else {
      throw IndexError(
        .missing, "There is no index in this folder. Build one with `sparrow index build`.",
        at: FileLocation(path: folder.path))
    }
    try self.init(parsing: bytes, path: path)
  }

  init(parsing bytes: [UInt8], path: String) throws(IndexError) {
    let json = try Self.checkedContents(bytes, path: path)
    let value: JSONValue
    do throws(CoreError) {
      value = try JSONValue(parsing: json, path: path, firstLine: 2)
    } catch {
      throw IndexError(error)
    }
    guard let manifest = Self(value) else {
      throw Self.damage("its members are not those of version \(Self.version)", path)
    }
    self = manifest
  }

  /// A new index without documents.
  init(identifier: String, dimension: Int, precision: WeightPrecision) {
    self.identifier = identifier
    self.dimension = dimension
    self.precision = precision
    generation = 1
    nextFile = 2
    log = 1
    segments = []
  }

  /// Checks the first line and returns what follows it.
  private static func checkedContents(
    _ bytes: [UInt8], path: String
  ) throws(IndexError) -> [UInt8] {
    guard let end = bytes.prefix(100).firstIndex(of: 10) else {
      throw damage("its first line is missing", path)
    }
    let line = String(decoding: bytes[..<end], as: UTF8.self)
    let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard words.count == 4, words[0] == format else {
      throw damage("its first line does not start with \"\(format)\"", path)
    }
    guard words[1] == String(version) else {
      throw IndexError(
        .invalidData,
        "Indexes of version \(version) are understood; this one has version \(words[1]). Use the Sparrow that wrote it, or build the index again.",
        at: FileLocation(path: path))
    }
    let contents = Array(bytes[(end + 1)...])
    guard words[3] == String(contents.count) else {
      throw damage("it was cut off or has been changed", path)
    }
    guard UInt32(words[2], radix: 16) == Kernels.best.checksum(contents) else {
      throw damage("its checksum is wrong", path)
    }
    return contents
  }

  private init?(_ value: JSONValue) {
    guard let identifier = value["id"]?.string, let dimension = value["dimension"]?.int,
      (0...SegmentHeader.maximumDimension).contains(dimension),
      let precision = value["precision"]?.string.flatMap(WeightPrecision.init(rawValue:)),
      let generation = value["generation"]?.int, let nextFile = value["next_file"]?.int,
      let log = value["log"]?.int, let elements = value["segments"]?.array
    else { return nil }
    self.identifier = identifier
    self.dimension = dimension
    self.precision = precision
    self.generation = generation
    self.nextFile = nextFile
    self.log = log
    segments = elements.compactMap(Self.entry)
    guard segments.count == elements.count else { return nil }
    if let approximate = value["approximate"] {
      guard let calibration = ApproximateCalibration(json: approximate) else { return nil }
      self.calibration = calibration
    }
  }

  private static func entry(_ value: JSONValue) -> Entry? {
    guard let file = value["file"]?.string, let documentCount = value["documents"]?.int,
      let byteCount = value["bytes"]?.int,
      let checksum = value["header_checksum"]?.int.flatMap(UInt32.init(exactly:)),
      let deletedCount = value["deleted"]?.int, let deletions = value["deletions"]
    else { return nil }
    return Entry(
      file: file, documentCount: documentCount, byteCount: byteCount, headerChecksum: checksum,
      deletions: deletions.string, deletedCount: deletedCount)
  }

  private static func damage(_ reason: String, _ path: String) -> IndexError {
    IndexError(
      .invalidData,
      "The manifest of the index cannot be used: \(reason). Restore it from a copy or build the index again.",
      at: FileLocation(path: path))
  }
}

public import Foundation
import SparrowCore
import SparrowIndex

/// What tells a model from another: the contents of its files, wherever they are.
///
/// Each file is read once, in pieces of which CRC-32C checksums are taken; a difference of one weight
/// is always seen. Files of the same size and time of change as in a fingerprint that is known
/// already are not read again.
public struct ModelFingerprint: Sendable, Hashable {
  /// One file of the model.
  struct File: Sendable, Hashable {
    /// The path below the model's folder.
    var path: String
    var byteCount: Int
    /// The time of the last change, in microseconds since 1970.
    var changed: Int64
    /// What the contents give.
    var digest: String
  }

  let files: [File]

  /// The fingerprint as text: equal for equal contents.
  public let text: String

  /// File names that say nothing about vectors: what a training leaves beside a model.
  private static let ignoredPrefixes = ["checkpoint-", "."]
  private static let extensions: Set<String> = ["json", "safetensors", "txt", "model"]

  /// Reads the files of a model's folder.
  ///
  /// - Parameters:
  ///   - folder: the folder.
  ///   - known: a fingerprint taken earlier, to save reading unchanged files.
  /// - Throws: ``RetrievalError`` when there is no such folder or it has no file of a model;
  ///   `CoreError` when a file cannot be read; `CancellationError`.
  public init(of folder: URL, reusing known: ModelFingerprint? = nil) throws {
    var files: [File] = []
    for path in try Self.paths(in: folder) {
      let file = folder.appendingPathComponent(path).resolvingSymlinksInPath()
      let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
      let date = attributes[.modificationDate] as? Date ?? .distantPast
      let byteCount = attributes[.size] as? Int ?? 0
      let changed = Int64(date.timeIntervalSince1970 * 1_000_000)
      let same = known?.files.first {
        $0.path == path && $0.byteCount == byteCount && $0.changed == changed
      }
      let digest = try same?.digest ?? Self.digest(of: file)
      files.append(
        File(path: path, byteCount: byteCount, changed: changed, digest: digest))
    }
    guard !files.isEmpty else {
      throw RetrievalError(
        .missing, "There is no model in this folder.", at: FileLocation(path: folder.path))
    }
    self.init(files)
  }

  private init(_ files: [File]) {
    self.files = files
    var hash = SHA256()
    for file in files { hash.update("\(file.path)\u{0}\(file.digest)\u{0}".utf8) }
    text = hash.finish().hexadecimal
  }

  /// Whether both were taken of the same contents.
  public static func == (left: Self, right: Self) -> Bool { left.text == right.text }

  /// Hashes the text.
  public func hash(into hasher: inout Hasher) { hasher.combine(text) }

  /// The files whose contents differ, those that only one has included.
  func differences(from other: ModelFingerprint) -> [String] {
    let mine = Dictionary(uniqueKeysWithValues: files.map { ($0.path, $0.digest) })
    let theirs = Dictionary(uniqueKeysWithValues: other.files.map { ($0.path, $0.digest) })
    return Set(mine.keys).union(theirs.keys).filter { mine[$0] != theirs[$0] }.sorted()
  }

  /// The files that make vectors, in order: settings, weights and tokenizers, also of stages.
  private static func paths(in folder: URL) throws -> [String] {
    let manager = FileManager.default
    var isFolder: ObjCBool = false
    guard unsafe manager.fileExists(atPath: folder.path, isDirectory: &isFolder),
      isFolder.boolValue
    else {
      throw RetrievalError(
        .missing, "There is no such model folder.", at: FileLocation(path: folder.path))
    }
    return try paths(below: "", in: folder).sorted()
  }

  private static func paths(below prefix: String, in folder: URL) throws -> [String] {
    let place = folder.appendingPathComponent(prefix)
    return try FileManager.default.contentsOfDirectory(atPath: place.path).flatMap { name in
      guard !ignoredPrefixes.contains(where: name.hasPrefix) else { return [String]() }
      let path = prefix.isEmpty ? name : "\(prefix)/\(name)"
      var isFolder: ObjCBool = false
      let file = folder.appendingPathComponent(path)
      guard unsafe FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder) else {
        return []
      }
      if isFolder.boolValue { return try paths(below: path, in: folder) }
      return extensions.contains(file.pathExtension.lowercased()) ? [path] : []
    }
  }

  private static func digest(of file: URL) throws -> String {
    let chunks = try FileChunks(file)
    var hash = SHA256()
    while let chunk = try chunks.next() {
      try Task.checkCancellation()
      let checksum = Checksum.crc32c(chunk)
      hash.update((0..<4).map { UInt8(truncatingIfNeeded: checksum >> (8 * $0)) })
    }
    return hash.finish().hexadecimal
  }
}

extension ModelFingerprint {
  /// The fingerprint as JSON.
  var json: JSONValue {
    .array(
      files.map { file in
        [
          "file": .string(file.path), "bytes": .integer(Int64(file.byteCount)),
          "changed": .integer(file.changed), "digest": .string(file.digest),
        ]
      })
  }

  /// Reads what ``json`` gives; nil when a member is missing or wrong.
  init?(json: JSONValue) {
    guard let elements = json.array else { return nil }
    let files = elements.compactMap { element -> File? in
      guard let path = element["file"]?.string, let byteCount = element["bytes"]?.int,
        let changed = element["changed"]?.int, let digest = element["digest"]?.string
      else { return nil }
      return File(
        path: path, byteCount: byteCount, changed: Int64(changed), digest: digest)
    }
    guard files.count == elements.count else { return nil }
    self.init(files)
  }
}

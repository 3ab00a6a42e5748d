import Foundation
import SparrowCore

/// A file of this machine that is to be uploaded.
struct LocalFile: Sendable {
  /// How the Hub keeps a file: within git, or apart from it by its SHA-256.
  enum Mode: String, Sendable { case regular, lfs }

  let path: String
  let location: URL
  let byteCount: Int
  let sha256: BlobName
  let gitName: BlobName

  /// Measures a file.
  init(path: String, in folder: URL, _ cancellation: Cancellation) throws(HubError) {
    self.path = path
    location = folder.appendingPathComponent(path).resolvingSymlinksInPath()
    do {
      let attributes = try FileManager.default.attributesOfItem(atPath: location.path)
      byteCount = attributes[.size] as? Int ?? 0
    } catch {
      throw HubError(reading: location, error)
    }
    let isCancelled = { cancellation.isCancelled }
    sha256 = try BlobName(ofFile: location, by: .sha256, isCancelled: isCancelled)
    gitName = try BlobName(ofFile: location, by: .git, isCancelled: isCancelled)
  }

  /// A part of the bytes.
  func bytes(from start: Int = 0, count: Int = .max) throws(HubError) -> Data {
    do {
      let handle = try FileHandle(forReadingFrom: location)
      defer { try? handle.close() }
      try handle.seek(toOffset: UInt64(start))
      return try handle.read(upToCount: min(count, byteCount - start)) ?? Data()
    } catch {
      throw HubError(reading: location, error)
    }
  }

  /// The files of a folder, without those whose path has a name that begins with a dot.
  static func all(
    in folder: URL, _ selection: FileSelection, _ cancellation: Cancellation
  ) throws(HubError) -> [LocalFile] {
    var files: [LocalFile] = []
    for path in CacheFolders.files(in: folder) where selection.contains(path) {
      guard !path.split(separator: "/").contains(where: { $0.hasPrefix(".") }) else { continue }
      try cancellation.check()
      files.append(try LocalFile(path: path, in: folder, cancellation))
    }
    guard !files.isEmpty else {
      throw HubError(
        .fileNotFound, "Expected a folder with files to upload, found none.",
        at: FileLocation(path: folder.path))
    }
    return files
  }
}

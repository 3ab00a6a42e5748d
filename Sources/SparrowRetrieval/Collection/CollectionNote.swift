public import Foundation
public import SparrowCore
import SparrowIndex
import SparrowModelFiles
import SparrowModels

/// What the folder of an index says beside the index itself: how its documents were encoded.
public struct CollectionNote: Sendable, Hashable {
  /// The space of the vectors.
  public var space: VectorSpace
  /// What the documents were read from, if the index follows a collection; nil for one that is
  /// changed document by document.
  public var origin: JSONValue?

  /// Makes a note.
  public init(space: VectorSpace, origin: JSONValue? = nil) {
    self.space = space
    self.origin = origin
  }

  private static let fileName = "collection.json"
  private static let statisticsFileName = "bm25.json"
  private static let format = "sparrow-collection"
  private static let version = 1

  // MARK: Files

  /// Reads the note of the index in a folder.
  ///
  /// - Throws: ``RetrievalError`` when there is no folder, no index, or the note is missing, damaged or
  ///   of another version.
  public init(of folder: URL) throws(RetrievalError) {
    UnfinishedFolder.restore(folder)
    let file = folder.appendingPathComponent(Self.fileName)
    let value: JSONValue
    do throws(CoreError) {
      value = try JSONValue(contentsOf: file)
    } catch {
      guard error.category == .missing else { throw RetrievalError(error) }
      throw Self.reasonForMissing(in: folder)
    }
    guard value["format"]?.string == Self.format else {
      throw RetrievalError(
        .invalidData, "This file does not describe an index. Build the index again.",
        at: FileLocation(path: file.path))
    }
    guard value["version"]?.int == Self.version else {
      throw RetrievalError(
        .invalidData,
        "Version \(Self.version) is understood; the index is of version \(value["version"]?.int.map(String.init) ?? "?"). Use the Sparrow that wrote it, or build the index again.",
        at: FileLocation(path: file.path))
    }
    guard let space = VectorSpace(value) else {
      throw RetrievalError(
        .invalidData,
        "The file does not say how documents were encoded; it was changed or damaged. Build the index again.",
        at: FileLocation(path: file.path))
    }
    self.init(space: space, origin: value["origin"])
  }

  /// Writes the note, and BM25's statistics if they are what encodes.
  func write(to folder: URL, encoder: any SparseEncoding) throws {
    if let statistics = encoder as? BM25Encoder {
      try statistics.save(to: folder.appendingPathComponent(Self.statisticsFileName))
    }
    var members: [(String, JSONValue)] = [
      ("format", .string(Self.format)), ("version", .integer(Int64(Self.version))),
    ]
    members += space.members
    if let origin { members.append(("origin", origin)) }
    try AtomicFile.write(
      JSONValue.object(JSONObject(members)).data(JSONFormat(indent: 1)),
      to: folder.appendingPathComponent(Self.fileName))
  }

  private static func reasonForMissing(in folder: URL) -> RetrievalError {
    let location = FileLocation(path: folder.path)
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder) else {
      return RetrievalError(
        .missing,
        "There is no such folder. `sparrow index build --index \(folder.lastPathComponent)` makes an index.",
        at: location)
    }
    guard isFolder.boolValue else {
      return RetrievalError(.usage, "An index is a folder; this is a file.", at: location)
    }
    guard CollectionIndex.isIndex(folder) else {
      return RetrievalError(
        .missing,
        "There is no index in this folder. `sparrow index build --index DIR` makes one.",
        at: location)
    }
    return RetrievalError(
      .invalidData,
      "The index does not say how its documents were encoded ('\(fileName)' is missing). Build it again with `sparrow index build`.",
      at: location)
  }

  /// What is wrong with the files that encode queries of the index in a folder.
  public func problems(in folder: URL) -> [any SparrowError] {
    guard space.encoder == .bm25 else { return [] }
    do throws(IndexError) {
      _ = try BM25Encoder(contentsOf: folder.appendingPathComponent(Self.statisticsFileName))
      return []
    } catch {
      return [error]
    }
  }

  // MARK: Encoders

  func makeEncoder(
    for role: TextRole, indexFolder: URL, model: URL?
  ) throws -> any SparseEncoding {
    guard case .model(let path, let fingerprint) = space.encoder else {
      guard model == nil else {
        throw RetrievalError(
          .usage, "The index was made with BM25, whose statistics it holds; leave the model out.",
          at: FileLocation(path: indexFolder.path))
      }
      return try BM25Encoder(
        contentsOf: indexFolder.appendingPathComponent(Self.statisticsFileName))
    }
    let folder = model ?? URL(fileURLWithPath: path)
    try check(folder, against: fingerprint, of: indexFolder)
    // Looking up the weights of query terms takes microseconds and no transformer.
    if role == .query, var encoder = try? StaticQueryEncoder(folder: folder) {
      if let length = space.maximumLength { encoder.maximumLength = length }
      return encoder
    }
    let encoder = try SparseEncoder(folder: folder)
    encoder.precision = space.precision
    if let length = space.maximumLength { encoder.maximumLength = length }
    return encoder
  }

  /// Refuses a model that is not the one that encoded the documents.
  private func check(
    _ folder: URL, against fingerprint: ModelFingerprint, of indexFolder: URL
  ) throws {
    guard FileManager.default.fileExists(atPath: folder.path) else {
      throw RetrievalError(
        .missing,
        "The model that made the index '\(indexFolder.path)' is not here. If it has moved, name its folder with --model.",
        at: FileLocation(path: folder.path))
    }
    let found = try ModelFingerprint(of: folder, reusing: fingerprint)
    guard found != fingerprint else { return }
    let names = found.differences(from: fingerprint)
    throw RetrievalError(
      .usage,
      "This is not the model that made the index '\(indexFolder.path)': \(names.prefix(3).joined(separator: ", "))\(names.count > 3 ? " and \(names.count - 3) more files differ" : names.count > 1 ? " differ" : " differs"). Name that model's folder with --model, or build the index again with this one.",
      at: FileLocation(path: folder.path))
  }
}

package import Foundation
import SparrowCore
package import SparrowText

/// A saved `SparseStaticEmbedding` stage: its tokenizer, its table, and whether training changes it.
package struct StaticStage {
  /// Turns queries into tokens.
  package let tokenizer: Tokenizer
  /// The weight of each token.
  package let table: TermWeightTable
  /// Whether training leaves the table alone.
  package let isFrozen: Bool

  /// The name of the weights' file.
  package static let weightFileName = "model.safetensors"
  /// The name of the table in it.
  package static let weightName = "weight"

  /// Reads a stage's folder.
  ///
  /// - Throws: ``ModelError``, `TextError` or `CoreError` saying what is missing or wrong, and where.
  package init(folder: URL) throws {
    let url = folder.appendingPathComponent("config.json")
    let exists = FileManager.default.fileExists(atPath: url.path)
    guard let object = exists ? try JSONValue(contentsOf: url).object : JSONObject() else {
      throw ModelError(
        .invalidConfiguration, "Expected an object.", at: FileLocation(path: url.path))
    }
    if let unknown = object.keys.first(where: { !["frozen", "path"].contains($0) }) {
      throw ModelError(
        .invalidConfiguration, "Unknown key; SparseStaticEmbedding knows frozen, path.",
        at: FileLocation(path: url.path, item: unknown))
    }
    isFrozen = try ConfigurationReader(object: object, path: url.path)
      .bool("frozen", default: false)
    tokenizer = try Tokenizer(folder: folder)
    if let path = object["path"]?.string, path.hasSuffix(".json") {
      let file = try ModuleList.subfolder(
        path, of: folder, at: FileLocation(path: url.path, item: "path"))
      table = try TermWeightTable(idfFile: file, tokenizer: tokenizer)
    } else {
      table = try Self.table(folder.appendingPathComponent(Self.weightFileName))
    }
    guard tokenizer.vocabulary.count <= table.count else {
      throw ModelError(
        .invalidConfiguration,
        "The tokenizer has \(tokenizer.vocabulary.count) tokens and the table only \(table.count) weights; they belong to different models.",
        at: FileLocation(path: folder.path))
    }
  }

  private static func table(_ url: URL) throws -> TermWeightTable {
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw ModelError(
        .missing,
        "The query table is not there; expected a safetensors file with the tensor 'weight'.",
        at: FileLocation(path: url.path))
    }
    let data = try Data(contentsOf: url, options: .mappedIfSafe)
    let header = try SafetensorsHeader(fileByteCount: data.count, path: url.path) { range in
      [UInt8](data[range])
    }
    let location = FileLocation(path: url.path, item: weightName)
    guard let entry = header.entries.first(where: { $0.name == weightName }) else {
      throw ModelError(
        .invalidConfiguration,
        "There is no tensor of that name; found \(header.entries.map(\.name).joined(separator: ", ")).",
        at: location)
    }
    guard entry.type == .float32, entry.shape.count == 1 else {
      throw ModelError(
        .invalidConfiguration,
        "Expected one F32 weight for each token, found \(entry.type.rawValue) of shape \(entry.shape).",
        at: location)
    }
    let bytes = [UInt8](data[entry.byteRange])
    let weights = stride(from: 0, to: bytes.count, by: 4).map { start in
      let bits = bytes[start..<(start + 4)].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      return Float(bitPattern: bits)
    }
    return TermWeightTable(weights: weights)
  }
}

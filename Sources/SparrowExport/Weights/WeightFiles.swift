import Foundation
import SparrowCore
import SparrowModelFiles

/// The tensors of a folder, by their names.
struct WeightFiles {
  private let tensors: [String: WeightTensor]
  private let path: String
  private let basePrefix: String?

  /// Reads the headers of the files of a folder.
  ///
  /// - Parameters:
  ///   - folder: the folder with the weights.
  ///   - basePrefix: what stands before the encoder's names in files of models with a head; it may also
  ///     be absent.
  /// - Throws: `ModelError` when there are none, and errors of the files.
  init(folder: URL, basePrefix: String?) throws {
    self.basePrefix = basePrefix.map { $0 + "." }
    let list = try WeightFileList(folder: folder)
    path = list.path
    var tensors: [String: WeightTensor] = [:]
    for file in list.files {
      for entry in try Self.entries(file) {
        tensors[entry.name] = WeightTensor(file: file, entry: entry)
      }
    }
    self.tensors = tensors
  }

  /// The tensor of a name, with or without the base prefix; nil when there is none.
  func find(_ name: String) -> WeightTensor? {
    basePrefix.flatMap { tensors[$0 + name] } ?? tensors[name]
  }

  /// The tensor of a name, of a given shape.
  ///
  /// - Throws: ``ExportError`` when it is absent or has another shape.
  func tensor(_ name: String, shape: [Int]) throws(ExportError) -> WeightTensor {
    try tensor([name], shape: shape)
  }

  /// The tensor under the first of several names that exists, of a given shape.
  ///
  /// - Throws: ``ExportError`` when it is absent or has another shape.
  func tensor(_ names: [String], shape: [Int]) throws(ExportError) -> WeightTensor {
    guard let tensor = names.lazy.compactMap(find).first else {
      throw ExportError(
        .invalidWeights, "Expected a tensor of shape \(shape); there is none of this name.",
        at: FileLocation(path: path, item: names.first.map { (basePrefix ?? "") + $0 }))
    }
    guard tensor.shape == shape else {
      throw ExportError(
        .invalidWeights, "Expected a tensor of shape \(shape), found \(tensor.shape).",
        at: FileLocation(path: path, item: tensor.name))
    }
    return tensor
  }

  private static func entries(_ file: URL) throws -> [SafetensorsHeader.Entry] {
    let handle = try FileHandle(forReadingFrom: file)
    defer { try? handle.close() }
    let byteCount = Int(try handle.seekToEnd())
    return try SafetensorsHeader(fileByteCount: byteCount, path: file.path) { range in
      try? handle.seek(toOffset: UInt64(range.lowerBound))
      return Array((try? handle.read(upToCount: range.count)) ?? Data())
    }.entries
  }
}

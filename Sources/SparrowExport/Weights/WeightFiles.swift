import Foundation
import SparrowCore

/// The tensors of a model folder: a `model.safetensors`, or several with an index.
struct WeightFiles {
  private let tensors: [String: WeightTensor]
  private let path: String

  /// Reads the headers of the files of a folder.
  ///
  /// - Throws: ``ExportError`` when there are none, and errors of the files.
  init(folder: URL) throws {
    let single = folder.appendingPathComponent("model.safetensors")
    let index = folder.appendingPathComponent("model.safetensors.index.json")
    let files: [URL]
    if FileManager.default.fileExists(atPath: single.path) {
      files = [single]
    } else if FileManager.default.fileExists(atPath: index.path) {
      files = try Self.shards(index)
    } else {
      throw ExportError(
        .invalidWeights,
        "The folder has no weights: expected model.safetensors or model.safetensors.index.json.",
        at: FileLocation(path: folder.path))
    }
    path = files.count == 1 ? files[0].path : index.path
    var tensors: [String: WeightTensor] = [:]
    for file in files {
      for entry in try Self.entries(file) {
        tensors[entry.name] = WeightTensor(file: file, entry: entry)
      }
    }
    self.tensors = tensors
  }

  /// The tensor under the first of several names that exists; nil when none does.
  func find(_ names: [String]) -> WeightTensor? { names.lazy.compactMap { tensors[$0] }.first }

  /// The tensor under one of several names, of a given shape.
  ///
  /// - Throws: ``ExportError`` when it is absent or has another shape.
  func tensor(_ names: [String], shape: [Int]) throws(ExportError) -> WeightTensor {
    guard let tensor = find(names) else {
      throw ExportError(
        .invalidWeights, "Expected a tensor of shape \(shape); there is none of this name.",
        at: FileLocation(path: path, item: names.first))
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

  private static func shards(_ index: URL) throws -> [URL] {
    let names = Set(
      (try JSONValue(contentsOf: index)["weight_map"]?.object?.values ?? []).compactMap(\.string))
    guard !names.isEmpty, !names.contains(where: { $0.contains("/") || $0.hasPrefix(".") }) else {
      throw ExportError(
        .invalidWeights, "Expected an object of tensor names and names of files beside it.",
        at: FileLocation(path: index.path, item: "weight_map"))
    }
    return try names.sorted().map { name in
      let file = index.deletingLastPathComponent().appendingPathComponent(name)
      guard FileManager.default.fileExists(atPath: file.path) else {
        throw ExportError(
          .invalidWeights, "The index names the file \(name), which is not there.",
          at: FileLocation(path: index.path, item: "weight_map"))
      }
      return file
    }
  }
}

/// A tensor in a file of weights.
struct WeightTensor {
  private let file: URL
  private let entry: SafetensorsHeader.Entry

  init(file: URL, entry: SafetensorsHeader.Entry) {
    self.file = file
    self.entry = entry
  }

  var name: String { entry.name }
  var shape: [Int] { entry.shape }
  private var count: Int { entry.shape.reduce(1, *) }

  /// The numbers as float32 bytes, read when they are needed.
  var content: TensorContent {
    TensorContent(byteCount: 4 * count) {
      entry.type == .float32 ? try bytes() : Self.bytes(of: try floats())
    }
  }

  /// The numbers.
  ///
  /// - Throws: ``ExportError`` for types other than float32, float16 and bfloat16.
  func floats() throws -> [Float] {
    let bytes = try bytes()
    func word(_ index: Int) -> UInt16 {
      UInt16(bytes[2 * index]) | UInt16(bytes[2 * index + 1]) << 8
    }
    switch entry.type {
    case .float32:
      return (0..<count).map { index in
        Float(
          bitPattern: UInt32(word(2 * index)) | UInt32(word(2 * index + 1)) << 16)
      }
    case .bfloat16: return (0..<count).map { Float(bitPattern: UInt32(word($0)) << 16) }
    case .float16: return (0..<count).map { Self.widened(word($0)) }
    default:
      throw ExportError(
        .invalidWeights, "Expected floating-point numbers, found \(entry.type.rawValue).",
        at: FileLocation(path: file.path, item: name))
    }
  }

  private func bytes() throws -> [UInt8] {
    let handle = try FileHandle(forReadingFrom: file)
    defer { try? handle.close() }
    try handle.seek(toOffset: UInt64(entry.byteRange.lowerBound))
    let data = try handle.read(upToCount: entry.byteRange.count) ?? Data()
    guard data.count == entry.byteRange.count else {
      throw ExportError(
        .inputOutput, "The file became shorter while it was read.",
        at: FileLocation(path: file.path, item: name))
    }
    return Array(data)
  }

  private static func bytes(of values: [Float]) -> [UInt8] {
    values.flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
    }
  }

  /// Half precision without the type `Float16`, which not every system has.
  private static func widened(_ half: UInt16) -> Float {
    let sign: Float = half & 0x8000 == 0 ? 1 : -1
    let exponent = Int(half >> 10 & 0x1F)
    let fraction = Float(half & 0x3FF) / 1024
    switch exponent {
    case 0: return sign * fraction * Float(sign: .plus, exponent: -14, significand: 1)
    case 0x1F: return fraction == 0 ? sign * .infinity : .nan
    default: return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction)
    }
  }
}

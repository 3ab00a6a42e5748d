public import Foundation
import SparrowCore

/// One tensor of a safetensors file: its type, shape and place.
public struct SafetensorsEntry: Sendable, Hashable {
  /// The tensor's name.
  public let name: String
  /// The element type.
  public let dtype: DType
  /// The size of each dimension.
  public let shape: [Int]
  /// Its bytes, counted from the start of the file.
  public let byteRange: Range<Int>
}

/// A safetensors file, mapped into memory: nothing is read before it is used.
///
/// The header is checked before anything else: its length against the file, every tensor's range
/// against the data, every range against shape and type, and no two ranges may overlap.
public final class SafetensorsFile {
  /// The file.
  public let url: URL
  /// The tensors in the order of the header.
  public let entries: [SafetensorsEntry]
  /// The free-form texts of the header's `__metadata__`.
  public let metadata: [String: String]

  private let mapping: FileMapping
  private let positions: [String: Int]

  /// Opens a file and checks its header.
  ///
  /// - Throws: ``TensorError`` when the file is missing, truncated or inconsistent; it names the
  ///   tensor concerned.
  public init(contentsOf url: URL) throws(TensorError) {
    self.url = url
    let mapping = try FileMapping(url)
    self.mapping = mapping
    let header: SafetensorsHeader
    do {
      header = try SafetensorsHeader(
        fileByteCount: mapping.byteCount, path: url.path, read: { mapping.bytes(in: $0) })
    } catch {
      throw TensorError(.invalidFile, error.message, at: error.location)
    }
    entries = header.entries.map {
      SafetensorsEntry(
        name: $0.name, dtype: DType($0.type), shape: $0.shape, byteRange: $0.byteRange)
    }
    metadata = header.metadata
    positions = Dictionary(
      uniqueKeysWithValues: entries.enumerated().map { ($0.element.name, $0.offset) })
  }

  /// What the file says about a tensor, nil when it has none of that name.
  public func entry(_ name: String) -> SafetensorsEntry? { positions[name].map { entries[$0] } }

  /// A tensor over the mapped bytes, without copying; writing to it changes a private copy only.
  ///
  /// - Throws: ``TensorError`` when the file has no tensor of that name.
  public func tensor(_ name: String) throws(TensorError) -> Tensor {
    guard let entry = entry(name) else {
      throw TensorError(
        .invalidFile, "There is no tensor of that name.",
        at: FileLocation(path: url.path, item: name))
    }
    return try mapping.tensor(dtype: entry.dtype, shape: entry.shape, bytes: entry.byteRange)
  }
}

extension DType {
  /// The element type of a safetensors header.
  init(_ type: SafetensorsType) {
    self =
      switch type {
      case .uint8: .uint8
      case .int32: .int32
      case .int64: .int64
      case .float16: .float16
      case .float32: .float32
      case .float64: .float64
      case .bool: .bool
      case .bfloat16: .bfloat16
      }
  }

  /// The type's name in safetensors headers.
  public var safetensorsName: String {
    switch self {
    case .uint8: "U8"
    case .int32: "I32"
    case .int64: "I64"
    case .float16: "F16"
    case .float32: "F32"
    case .float64: "F64"
    case .bool: "BOOL"
    case .bfloat16: "BF16"
    }
  }
}

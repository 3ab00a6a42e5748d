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
/// Format: 8 bytes header length (little endian), a JSON header, the data.
public final class SafetensorsFile {
  /// The file.
  public let url: URL
  /// The tensors in the order of the header.
  public let entries: [SafetensorsEntry]
  /// The free-form texts of the header's `__metadata__`.
  public let metadata: [String: String]

  private let mapping: FileMapping
  private let positions: [String: Int]

  /// The largest header that is accepted, as in the format's own reader: 100 MB.
  private static let maximumHeaderByteCount = 100_000_000

  /// Opens a file and checks its header.
  ///
  /// - Throws: ``TensorError`` when the file is missing, truncated or inconsistent; it names the
  ///   tensor concerned.
  public init(contentsOf url: URL) throws(TensorError) {
    self.url = url
    self.mapping = try FileMapping(url)
    let path = url.path
    func broken(_ message: String, _ item: String? = nil) -> TensorError {
      TensorError(.invalidFile, message, at: FileLocation(path: path, item: item))
    }
    guard mapping.byteCount >= 8 else {
      throw broken("A safetensors file begins with 8 bytes; found only \(mapping.byteCount).")
    }
    let headerByteCount = mapping.loadUInt64(at: 0)
    guard headerByteCount <= UInt64(Self.maximumHeaderByteCount),
      Int(headerByteCount) <= mapping.byteCount - 8
    else {
      throw broken(
        "The header claims \(headerByteCount) bytes and the file has \(mapping.byteCount - 8) after its first 8; the file is truncated or no safetensors file. Download it again."
      )
    }
    let header: JSONValue
    do {
      header = try JSONValue(
        parsing: mapping.bytes(in: 8..<(8 + Int(headerByteCount))), path: path)
    } catch {
      throw broken("The header is broken: \(error.message)", error.location?.item)
    }
    guard let object = header.object else { throw broken("The header must be a JSON object.") }

    var entries: [SafetensorsEntry] = []
    var metadata: [String: String] = [:]
    let dataStart = 8 + Int(headerByteCount)
    let dataByteCount = mapping.byteCount - dataStart
    for (name, value) in object.members {
      if name == "__metadata__" {
        for (key, text) in value.object?.members ?? JSONObject().members {
          metadata[key] = text.string
        }
        continue
      }
      entries.append(
        try Self.entry(
          name, value, dataStart: dataStart, dataByteCount: dataByteCount, broken: broken))
    }
    let ordered = entries.sorted { $0.byteRange.lowerBound < $1.byteRange.lowerBound }
    for (left, right) in zip(ordered, ordered.dropFirst())
    where left.byteRange.upperBound > right.byteRange.lowerBound {
      throw broken("The bytes of '\(left.name)' and '\(right.name)' overlap.", right.name)
    }
    self.entries = entries
    self.metadata = metadata
    self.positions = Dictionary(
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

  private static func entry(
    _ name: String, _ value: JSONValue, dataStart: Int, dataByteCount: Int,
    broken: (String, String?) -> TensorError
  ) throws(TensorError) -> SafetensorsEntry {
    guard let typeName = value["dtype"]?.string, let sizes = value["shape"]?.array,
      let offsets = value["data_offsets"]?.array, offsets.count == 2
    else {
      throw broken("A tensor needs 'dtype', 'shape' and two 'data_offsets'.", name)
    }
    guard let dtype = DType(safetensorsName: typeName) else {
      let known = DType.allCases.map(\.safetensorsName).joined(separator: ", ")
      throw broken("The type '\(typeName)' is not supported; known types: \(known).", name)
    }
    var byteCount = dtype.byteCount
    var shape: [Int] = []
    for size in sizes {
      guard let size = size.int, size >= 0 else {
        throw broken("Sizes must be whole numbers from 0.", name)
      }
      let (product, overflow) = byteCount.multipliedReportingOverflow(by: size)
      guard !overflow else { throw broken("The shape \(sizes.count) is too large.", name) }
      byteCount = product
      shape.append(size)
    }
    guard let start = offsets[0].int, let end = offsets[1].int, start >= 0, start <= end,
      end <= dataByteCount
    else {
      throw broken(
        "The data offsets \(offsets.map { $0.text() }) lie outside the file's \(dataByteCount) bytes of data; the file is truncated. Download it again.",
        name)
    }
    guard end - start == byteCount else {
      throw broken(
        "Shape \(shape) of \(typeName) takes \(byteCount) bytes; the data offsets give \(end - start).",
        name)
    }
    return SafetensorsEntry(
      name: name, dtype: dtype, shape: shape,
      byteRange: (dataStart + start)..<(dataStart + end))
  }
}

extension DType {
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

  /// The type with a name from a safetensors header, nil when unknown.
  public init?(safetensorsName: String) {
    guard let match = DType.allCases.first(where: { $0.safetensorsName == safetensorsName }) else {
      return nil
    }
    self = match
  }
}

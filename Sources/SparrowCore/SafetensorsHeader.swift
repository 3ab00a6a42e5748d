/// The element types of safetensors files that Sparrow reads, as headers spell them.
package enum SafetensorsType: String, Sendable, Hashable, CaseIterable {
  case uint8 = "U8"
  case int32 = "I32"
  case int64 = "I64"
  case float16 = "F16"
  case float32 = "F32"
  case float64 = "F64"
  case bool = "BOOL"
  case bfloat16 = "BF16"

  /// Bytes of one element.
  package var byteCount: Int {
    switch self {
    case .uint8, .bool: 1
    case .float16, .bfloat16: 2
    case .int32, .float32: 4
    case .int64, .float64: 8
    }
  }
}

/// What a safetensors file says about its tensors, checked against the file's size.
///
/// The header's length is checked against the file, every tensor's range against the data and against
/// shape and type, and no two ranges may overlap.
/// Format: 8 bytes header length (little endian), a JSON header, the data.
package struct SafetensorsHeader: Sendable {
  /// One tensor: its type, shape and place.
  package struct Entry: Sendable {
    /// The tensor's name.
    package let name: String
    /// The element type.
    package let type: SafetensorsType
    /// The size of each dimension.
    package let shape: [Int]
    /// Its bytes, counted from the start of the file.
    package let byteRange: Range<Int>
  }

  /// The tensors in the order of the header.
  package let entries: [Entry]
  /// The free-form texts of the header's `__metadata__`.
  package let metadata: [String: String]

  /// The largest header that is accepted, as in the format's own reader: 100 MB.
  private static let maximumHeaderByteCount = 100_000_000

  /// Reads and checks a header.
  ///
  /// - Parameters:
  ///   - fileByteCount: the size of the whole file.
  ///   - path: the file named in errors.
  ///   - read: gives the bytes of a range of the file, which lies within its size.
  /// - Throws: ``CoreError`` when the file is truncated or inconsistent; it names the tensor
  ///   concerned.
  package init(
    fileByteCount: Int, path: String, read: (Range<Int>) -> [UInt8]
  ) throws(CoreError) {
    let file = Reader(path: path)
    guard fileByteCount >= 8 else {
      throw file.broken("A safetensors file begins with 8 bytes; found only \(fileByteCount).")
    }
    let headerByteCount = read(0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard headerByteCount <= UInt64(Self.maximumHeaderByteCount),
      Int(headerByteCount) <= fileByteCount - 8
    else {
      throw file.broken(
        "The header claims \(headerByteCount) bytes and the file has \(fileByteCount - 8) after its first 8; the file is truncated or no safetensors file. Download it again."
      )
    }
    let dataStart = 8 + Int(headerByteCount)
    var entries: [Entry] = []
    var metadata: [String: String] = [:]
    for (name, value) in try file.members(read(8..<dataStart)).members {
      if name == "__metadata__" {
        for (key, text) in value.object?.members ?? JSONObject().members {
          metadata[key] = text.string
        }
      } else {
        entries.append(try file.entry(name, value, data: dataStart..<fileByteCount))
      }
    }
    let ordered = entries.sorted { $0.byteRange.lowerBound < $1.byteRange.lowerBound }
    for (left, right) in zip(ordered, ordered.dropFirst())
    where left.byteRange.upperBound > right.byteRange.lowerBound {
      throw file.broken("The bytes of '\(left.name)' and '\(right.name)' overlap.", right.name)
    }
    self.entries = entries
    self.metadata = metadata
  }

  /// Reads the parts of a header, naming the file in errors.
  private struct Reader {
    let path: String

    func broken(_ message: String, _ item: String? = nil) -> CoreError {
      CoreError(.invalidData, message, at: FileLocation(path: path, item: item))
    }

    func members(_ header: [UInt8]) throws(CoreError) -> JSONObject {
      let value: JSONValue
      do {
        value = try JSONValue(parsing: header, path: path)
      } catch {
        throw broken("The header is broken: \(error.message)", error.location?.item)
      }
      guard let object = value.object else { throw broken("The header must be a JSON object.") }
      return object
    }

    func entry(_ name: String, _ value: JSONValue, data: Range<Int>) throws(CoreError) -> Entry {
      guard let typeName = value["dtype"]?.string, let sizes = value["shape"]?.array,
        let offsets = value["data_offsets"]?.array, offsets.count == 2
      else {
        throw broken("A tensor needs 'dtype', 'shape' and two 'data_offsets'.", name)
      }
      guard let type = SafetensorsType(rawValue: typeName) else {
        let known = SafetensorsType.allCases.map(\.rawValue).joined(separator: ", ")
        throw broken("The type '\(typeName)' is not supported; known types: \(known).", name)
      }
      var byteCount = type.byteCount
      var shape: [Int] = []
      for size in sizes {
        guard let size = size.int, size >= 0 else {
          throw broken("Sizes must be whole numbers from 0.", name)
        }
        let (product, overflow) = byteCount.multipliedReportingOverflow(by: size)
        guard !overflow else {
          throw broken("The shape \(sizes.map { $0.text() }) is too large.", name)
        }
        byteCount = product
        shape.append(size)
      }
      guard let start = offsets[0].int, let end = offsets[1].int, start >= 0, start <= end,
        end <= data.count
      else {
        throw broken(
          "The data offsets \(offsets.map { $0.text() }) lie outside the file's \(data.count) bytes of data; the file is truncated. Download it again.",
          name)
      }
      guard end - start == byteCount else {
        throw broken(
          "Shape \(shape) of \(typeName) takes \(byteCount) bytes; the data offsets give \(end - start).",
          name)
      }
      return Entry(
        name: name, type: type, shape: shape,
        byteRange: (data.lowerBound + start)..<(data.lowerBound + end))
    }
  }
}

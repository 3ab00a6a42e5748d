public import Foundation
import SparrowCore

/// Writes safetensors files, laid out as the format's own writer does it: wide types first, then by
/// name; the header padded with spaces to a multiple of 8.
public enum SafetensorsWriter {
  /// Writes tensors to a file, beside it first and then renamed.
  ///
  /// - Parameters:
  ///   - tensors: names and tensors; of repeated names the file would be ambiguous, so none may.
  ///   - metadata: free-form texts; Hugging Face readers want `["format": "pt"]`.
  ///   - url: the file.
  /// - Throws: ``TensorError`` when a name repeats or the file cannot be written.
  public static func write(
    _ tensors: [(name: String, tensor: Tensor)], metadata: KeyValuePairs<String, String> = [:],
    to url: URL
  ) throws(TensorError) {
    let ordered = tensors.sorted { left, right in
      let leftWidth = left.tensor.dtype.byteCount
      let rightWidth = right.tensor.dtype.byteCount
      return leftWidth != rightWidth
        ? leftWidth > rightWidth : left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
    }
    var header = JSONObject()
    if !metadata.isEmpty {
      header["__metadata__"] = .object(
        JSONObject(metadata.map { ($0.key, JSONValue.string($0.value)) }))
    }
    var offset = 0
    for (name, tensor) in ordered {
      guard header[name] == nil else {
        throw TensorError(
          .invalidArgument, "Two tensors have the name '\(name)'.",
          at: FileLocation(path: url.path, item: name))
      }
      let end = offset + tensor.count * tensor.dtype.byteCount
      header[name] = [
        "dtype": .string(tensor.dtype.safetensorsName),
        "shape": .array(tensor.shape.map { .integer(Int64($0)) }),
        "data_offsets": [.integer(Int64(offset)), .integer(Int64(end))],
      ]
      offset = end
    }
    var headerBytes = JSONValue.object(header).data(.compact)
    let padding = (8 - headerBytes.count % 8) % 8
    headerBytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: padding))
    do {
      try AtomicFile.write(to: url) { handle in
        var length = UInt64(headerBytes.count).littleEndian
        try handle.write(contentsOf: Data(bytes: &length, count: 8))
        try handle.write(contentsOf: headerBytes)
        for (_, tensor) in ordered { try handle.write(contentsOf: tensor.rawBytes()) }
      }
    } catch {
      throw TensorError(.inputOutput, error.message, at: error.location)
    }
  }
}

import Foundation
import SparrowCore

/// Reads "SPCSR1" files: magic, version and dimension (u32), rows and entries (u64), then row
/// offsets (u64), indices (u32) and values (f32), little-endian.
enum SparseFile {
  static func read(_ path: String) throws -> SparseMatrix {
    let data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
    guard data.prefix(8) == Data("SPCSR1\0\0".utf8) else {
      throw CoreError(
        .invalidData, "The file is not in SPCSR1 format.", at: FileLocation(path: path))
    }
    let dimension = Int(load(data, 12, as: UInt32.self)[0])
    let rowCount = Int(load(data, 16, as: UInt64.self)[0])
    let entryCount = Int(load(data, 24, as: UInt64.self)[0])
    let offsets = load(data, 32, count: rowCount + 1, as: UInt64.self).map(Int.init)
    let start = 32 + 8 * (rowCount + 1)
    let indices = load(data, start, count: entryCount, as: UInt32.self)
    let values = load(data, start + 4 * entryCount, count: entryCount, as: Float.self)
    var matrix = SparseMatrix(columnCount: dimension)
    for row in 0..<rowCount {
      let range = offsets[row]..<offsets[row + 1]
      try matrix.append(
        SparseVector(
          dimension: dimension, indices: Array(indices[range]), values: Array(values[range])))
    }
    return matrix
  }

  private static func load<Value>(
    _ data: Data, _ offset: Int, count: Int = 1, as type: Value.Type
  ) -> [Value] {
    data.withUnsafeBytes { bytes in
      (0..<count).map {
        bytes.loadUnaligned(fromByteOffset: offset + $0 * MemoryLayout<Value>.size, as: type)
      }
    }
  }
}

import Foundation

/// The bytes of a tensor, made or read piece by piece when they are written.
struct TensorContent {
  /// How many bytes there are.
  let byteCount: Int
  private let forEachPiece: (_ take: (Data) throws -> Void) throws -> Void

  /// Bytes that are made when they are written.
  ///
  /// - Parameters:
  ///   - byteCount: how many there are.
  ///   - forEachPiece: gives them in order, in pieces of any size.
  init(byteCount: Int, _ forEachPiece: @escaping (_ take: (Data) throws -> Void) throws -> Void) {
    self.byteCount = byteCount
    self.forEachPiece = forEachPiece
  }

  /// Numbers as little-endian bytes.
  init(_ values: [Float]) {
    self.init(byteCount: 4 * values.count) { take in try take(Self.bytes(of: values)) }
  }

  /// Whole numbers as little-endian bytes.
  init(_ values: [Int]) {
    self.init(byteCount: 8 * values.count) { take in
      try take(
        Data(
          values.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }))
    }
  }

  /// Whole numbers of 8 bits.
  init(_ values: [Int8]) {
    self.init(byteCount: values.count) { take in
      try take(Data(values.map { UInt8(bitPattern: $0) }))
    }
  }

  /// Numbers as little-endian bytes.
  static func bytes(of values: [Float]) -> Data {
    var data = Data(capacity: 4 * values.count)
    for value in values {
      for shift in 0..<4 {
        data.append(UInt8(truncatingIfNeeded: value.bitPattern >> (8 * shift)))
      }
    }
    return data
  }

  func write(to file: FileHandle) throws {
    var written = 0
    try forEachPiece { piece in
      try file.write(contentsOf: piece)
      written += piece.count
    }
    precondition(written == byteCount, "a tensor's size is known before it is written")
  }
}

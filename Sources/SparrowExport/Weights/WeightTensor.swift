import Foundation
import SparrowCore

/// A tensor in a file of weights.
struct WeightTensor {
  private let file: URL
  private let entry: SafetensorsHeader.Entry

  init(file: URL, entry: SafetensorsHeader.Entry) {
    self.file = file
    self.entry = entry
  }

  var name: String { entry.name }
  /// What tells tensors of several files apart.
  var identity: String { file.path + "#" + entry.name }
  var shape: [Int] { entry.shape }
  private var count: Int { entry.shape.reduce(1, *) }

  /// How many bytes are read at a time; a multiple of every number's size.
  private static let pieceByteCount = 1 << 24

  /// Whether another tensor has the same type, shape and bytes.
  ///
  /// - Throws: an error of the files.
  func hasSameBytes(as other: WeightTensor) throws -> Bool {
    guard entry.type == other.entry.type, shape == other.shape else { return false }
    return try pieces.allSatisfy { try bytes($0) == other.bytes($0) }
  }

  /// The numbers as float32 bytes, read when they are needed.
  var content: TensorContent {
    TensorContent(byteCount: 4 * count) { take in
      for piece in pieces {
        let bytes = try bytes(piece)
        try take(
          entry.type == .float32 ? bytes : TensorContent.bytes(of: numbers(Array(bytes))))
      }
    }
  }

  /// The numbers.
  ///
  /// - Throws: ``ExportError`` for types other than float32, float16 and bfloat16.
  func floats() throws -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(count)
    for piece in pieces { result += try numbers(Array(bytes(piece))) }
    return result
  }

  private func numbers(_ bytes: [UInt8]) throws(ExportError) -> [Float] {
    func word(_ index: Int) -> UInt16 {
      UInt16(bytes[2 * index]) | UInt16(bytes[2 * index + 1]) << 8
    }
    switch entry.type {
    case .float32:
      return (0..<(bytes.count / 4)).map { index in
        Float(bitPattern: UInt32(word(2 * index)) | UInt32(word(2 * index + 1)) << 16)
      }
    case .bfloat16:
      return (0..<(bytes.count / 2)).map { Float(bitPattern: UInt32(word($0)) << 16) }
    case .float16: return (0..<(bytes.count / 2)).map { Self.widened(word($0)) }
    default:
      throw ExportError(
        .invalidWeights, "Expected floating-point numbers, found \(entry.type.rawValue).",
        at: FileLocation(path: file.path, item: name))
    }
  }

  /// Ranges of the tensor's bytes, one after another.
  private var pieces: [Range<Int>] {
    let end = entry.byteRange.count
    return stride(from: 0, to: end, by: Self.pieceByteCount).map { start in
      start..<min(start + Self.pieceByteCount, end)
    }
  }

  private func bytes(_ range: Range<Int>) throws -> Data {
    let handle = try FileHandle(forReadingFrom: file)
    defer { try? handle.close() }
    try handle.seek(toOffset: UInt64(entry.byteRange.lowerBound + range.lowerBound))
    let data = try handle.read(upToCount: range.count) ?? Data()
    guard data.count == range.count else {
      throw ExportError(
        .inputOutput, "The file became shorter while it was read.",
        at: FileLocation(path: file.path, item: name))
    }
    return data
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

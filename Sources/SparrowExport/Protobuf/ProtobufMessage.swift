import Foundation

/// A message in the wire format of protocol buffers, as a list of pieces.
///
/// Large pieces are loaded only when the message is written, so that a model of gigabytes never lies
/// in memory as a whole. Format: https://protobuf.dev/programming-guides/encoding.
struct ProtobufMessage {
  /// Bytes, now or when they are written.
  private enum Piece {
    case bytes([UInt8])
    case deferred(TensorContent)
  }

  private var pieces: [Piece] = []
  /// The size of the message.
  private(set) var byteCount = 0

  /// Adds a whole number.
  mutating func add(_ field: Int, _ value: Int) {
    append(Self.varint(UInt64(field) << 3) + Self.varint(UInt64(bitPattern: Int64(value))))
  }

  /// Adds a 32-bit number.
  mutating func add(_ field: Int, _ value: Float) {
    append(
      Self.varint(UInt64(field) << 3 | 5)
        + (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) })
  }

  /// Adds a text.
  mutating func add(_ field: Int, _ text: String) {
    appendHead(field, text.utf8.count)
    append(Array(text.utf8))
  }

  /// Adds a message.
  mutating func add(_ field: Int, _ message: ProtobufMessage) {
    appendHead(field, message.byteCount)
    pieces += message.pieces
    byteCount += message.byteCount
  }

  /// Adds bytes that are loaded when the message is written.
  mutating func add(_ field: Int, _ content: TensorContent) {
    appendHead(field, content.byteCount)
    pieces.append(.deferred(content))
    byteCount += content.byteCount
  }

  /// Writes the message.
  func write(to file: FileHandle) throws {
    for piece in pieces {
      switch piece {
      case .bytes(let bytes): try file.write(contentsOf: Data(bytes))
      case .deferred(let content): try content.write(to: file)
      }
    }
  }

  private mutating func appendHead(_ field: Int, _ count: Int) {
    append(Self.varint(UInt64(field) << 3 | 2) + Self.varint(UInt64(count)))
  }

  private mutating func append(_ bytes: [UInt8]) {
    byteCount += bytes.count
    pieces.append(.bytes(bytes))
  }

  /// Seven bits a byte, the lowest first; the highest bit says that more follow.
  private static func varint(_ value: UInt64) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}

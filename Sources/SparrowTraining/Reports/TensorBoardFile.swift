import Foundation
import SparrowCore

/// Writes scalars as a TensorBoard event file.
///
/// Format: records of a length, its masked CRC-32C, a protobuf message and that one's masked CRC.
/// The first message names the file's version; the others hold a step and scalars by tag.
final class TensorBoardFile {
  private let handle: FileHandle
  private let url: URL

  /// Makes a file whose name TensorBoard recognises.
  init(folder: URL, time: Date, host: String) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let seconds = Int(time.timeIntervalSince1970)
    url = folder.appendingPathComponent("events.out.tfevents.\(seconds).\(host)")
    guard FileManager.default.createFile(atPath: url.path, contents: nil) else {
      throw CocoaError(.fileWriteNoPermission)
    }
    handle = try FileHandle(forWritingTo: url)
    var event = ProtobufMessage()
    event.add(field: 1, time.timeIntervalSince1970)
    event.add(field: 3, "brain.Event:2")
    try write(event.bytes)
  }

  /// Adds scalars of a step.
  func add(_ scalars: [(tag: String, value: Double)], step: Int, time: Date) throws {
    var summary = ProtobufMessage()
    for (tag, value) in scalars {
      var scalar = ProtobufMessage()
      scalar.add(field: 1, tag)
      scalar.add(field: 2, Float(value))
      summary.add(field: 1, scalar)
    }
    var event = ProtobufMessage()
    event.add(field: 1, time.timeIntervalSince1970)
    event.add(field: 2, step)
    event.add(field: 5, summary)
    try write(event.bytes)
  }

  private func write(_ message: [UInt8]) throws {
    let length = Self.littleEndian(UInt64(message.count))
    var record = length
    record += Self.littleEndian(CRC32C.masked(length))
    record += message
    record += Self.littleEndian(CRC32C.masked(message))
    do {
      try handle.write(contentsOf: Data(record))
    } catch {
      throw TrainingError(
        .inputOutput, "Could not write TensorBoard's events (\(AtomicFile.reason(error))).",
        at: FileLocation(path: url.path))
    }
  }

  private static func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    (0..<(Number.bitWidth / 8)).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
  }
}

/// A protobuf message that is being built.
struct ProtobufMessage {
  /// The encoded fields so far.
  private(set) var bytes: [UInt8] = []

  mutating func add(field: Int, _ number: Int) {
    addKey(field, wireType: 0)
    addVarint(UInt64(bitPattern: Int64(number)))
  }

  mutating func add(field: Int, _ number: Double) {
    addKey(field, wireType: 1)
    for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: number.bitPattern >> (shift * 8))) }
  }

  mutating func add(field: Int, _ number: Float) {
    addKey(field, wireType: 5)
    for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: number.bitPattern >> (shift * 8))) }
  }

  mutating func add(field: Int, _ text: String) { add(field: field, content: Array(text.utf8)) }

  mutating func add(field: Int, _ message: ProtobufMessage) {
    add(field: field, content: message.bytes)
  }

  private mutating func add(field: Int, content: [UInt8]) {
    addKey(field, wireType: 2)
    addVarint(UInt64(content.count))
    bytes += content
  }

  private mutating func addKey(_ field: Int, wireType: Int) {
    addVarint(UInt64(field << 3 | wireType))
  }

  private mutating func addVarint(_ number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

/// The cyclic redundancy check of TensorBoard's records (CRC-32C, Castagnoli).
enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1
    }
  }

  /// The check of some bytes.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ ($0 >> 8) }
  }

  /// The check in the form records have it, which differs when it is checked itself.
  static func masked(_ bytes: [UInt8]) -> UInt32 {
    let value = checksum(bytes)
    return (value >> 15 | value << 17) &+ 0xA282_EAD8
  }
}

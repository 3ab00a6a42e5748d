import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@testable import SparrowTraining

@Suite struct TensorBoardTests {
  /// One event as read back from a file.
  private struct Event {
    var step = 0
    var version: String?
    var scalars: [String: Float] = [:]
  }

  /// Reads records, checking both sums of each.
  private func events(_ url: URL) throws -> [Event] {
    let bytes = [UInt8](try Data(contentsOf: url))
    var position = 0
    func take(_ count: Int) throws -> [UInt8] {
      try #require(position + count <= bytes.count)
      defer { position += count }
      return Array(bytes[position..<(position + count)])
    }
    func number(_ bytes: [UInt8]) -> UInt64 {
      bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    var events: [Event] = []
    while position < bytes.count {
      let length = try take(8)
      #expect(number(try take(4)) == UInt64(CRC32C.masked(length)))
      let message = try take(Int(number(length)))
      #expect(number(try take(4)) == UInt64(CRC32C.masked(message)))
      events.append(try event(message))
    }
    return events
  }

  /// The fields of a message: numbers as their bits, others as bytes.
  private func fields(_ bytes: [UInt8]) throws -> [(field: Int, bits: UInt64, content: [UInt8])] {
    var position = 0
    func varint() throws -> UInt64 {
      var value: UInt64 = 0
      var shift = 0
      while true {
        try #require(position < bytes.count)
        let byte = bytes[position]
        position += 1
        value |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return value }
        shift += 7
      }
    }
    func fixed(_ count: Int) -> UInt64 {
      defer { position += count }
      return bytes[position..<(position + count)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    var result: [(field: Int, bits: UInt64, content: [UInt8])] = []
    while position < bytes.count {
      let key = try varint()
      let field = Int(key >> 3)
      switch key & 7 {
      case 0: result.append((field, try varint(), []))
      case 1: result.append((field, fixed(8), []))
      case 5: result.append((field, fixed(4), []))
      default:
        let count = Int(try varint())
        result.append((field, 0, Array(bytes[position..<(position + count)])))
        position += count
      }
    }
    return result
  }

  private func event(_ message: [UInt8]) throws -> Event {
    var event = Event()
    for field in try fields(message) {
      switch field.field {
      case 2: event.step = Int(field.bits)
      case 3: event.version = String(decoding: field.content, as: UTF8.self)
      case 5:
        for value in try fields(field.content) {
          let parts = try fields(value.content)
          let tag = try #require(parts.first { $0.field == 1 })
          let scalar = try #require(parts.first { $0.field == 2 })
          event.scalars[String(decoding: tag.content, as: UTF8.self)] =
            Float(bitPattern: UInt32(scalar.bits))
        }
      default: break
      }
    }
    return event
  }

  @Test func `the check sum is the standard one`() {
    #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
  }

  @Test func `every log line becomes an event`() throws {
    try Fixtures.withTemporaryFolder { folder in
      var example = try TrainingExample(folder: folder)
      example.arguments.reportTargets = ["tensorboard"]
      example.arguments.runName = "first/run"
      example.arguments.evaluationStrategy = .epoch
      let recorder = EventRecorder()
      try example.trainer(evaluation: [TrainingExample.pairs(5)], callbacks: [recorder]).train()
      let run = folder.appendingPathComponent("runs/first_run")
      let names = try FileManager.default.contentsOfDirectory(atPath: run.path)
      #expect(names.count == 1 && names[0].hasPrefix("events.out.tfevents."))
      let events = try events(run.appendingPathComponent(names[0]))
      #expect(events.count == recorder.lines.count + 1)
      #expect(events[0].version == "brain.Event:2")
      for (event, line) in zip(events.dropFirst(), recorder.lines) {
        #expect(event.step == line["step"]?.int)
        if let loss = line["loss"]?.double {
          #expect(event.scalars["train/loss"] == Float(loss))
          #expect(event.scalars["train/epoch"] == Float(line["epoch"]?.double ?? .nan))
        }
        if let loss = line["eval_loss"]?.double {
          #expect(event.scalars["eval/loss"] == Float(loss))
        }
      }
      #expect(events.contains { $0.scalars["eval/loss"] != nil })
    }
  }
}

import Foundation
import SparrowCore

/// A value of a document's field, for filters.
public enum FieldValue: Sendable, Hashable {
  /// One or more words that filters compare as they are.
  case keywords([String])
  /// A number that filters compare by size; must not be NaN.
  case number(Double)

  /// One word.
  public static func keyword(_ word: String) -> FieldValue { .keywords([word]) }
}

/// What a document stores beside its vector.
struct StoredRecord: Sendable, Hashable {
  var fields: [String: FieldValue] = [:]
  var payload: Data?

  /// The record as bytes; a record without content has none.
  var bytes: [UInt8] {
    guard !fields.isEmpty || payload != nil else { return [] }
    var writer = ByteWriter()
    writer.write(UInt32(fields.count))
    let sorted = fields.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    for (name, value) in sorted {
      writer.write(name)
      switch value {
      case .keywords(let words):
        writer.write(UInt8(0))
        writer.write(UInt32(words.count))
        for word in words { writer.write(word) }
      case .number(let number):
        writer.write(UInt8(1))
        writer.write(number)
      }
    }
    writer.write(UInt8(payload == nil ? 0 : 1))
    if let payload { writer.write(counted: payload) }
    return writer.bytes
  }

  init(fields: [String: FieldValue] = [:], payload: Data? = nil) {
    self.fields = fields
    self.payload = payload
  }

  /// Reads a record from its bytes.
  init(reading reader: inout ByteReader) throws(ByteReader.EndOfBytes) {
    guard reader.remaining > 0 else { return }
    let fieldCount = try reader.read(UInt32.self)
    for _ in 0..<fieldCount {
      let name = try reader.readText()
      switch try reader.read(UInt8.self) {
      case 0:
        var words: [String] = []
        let wordCount = try reader.read(UInt32.self)
        for _ in 0..<wordCount { words.append(try reader.readText()) }
        fields[name] = .keywords(words)
      case 1: fields[name] = .number(try reader.readDouble())
      default: throw ByteReader.EndOfBytes()
      }
    }
    if try reader.read(UInt8.self) == 1 { payload = Data(try reader.readCounted()) }
  }
}

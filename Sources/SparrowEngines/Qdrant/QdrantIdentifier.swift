import SparrowCore

/// Documents' identifiers as Qdrant has them: numbers of 64 bits and UUIDs.
///
/// An identifier that is neither is replaced by a UUID made of its SHA-256 hash (version 8), and kept
/// in the payload under ``payloadKey``.
enum QdrantIdentifier {
  /// Where the original identifier is kept when Qdrant's differs.
  static let payloadKey = "_id"

  /// Qdrant's identifier, and whether it is the document's own.
  static func point(for id: DocumentID) -> (json: JSONValue, isOwn: Bool) {
    let text = id.rawValue
    if let number = UInt64(text), String(number) == text {
      return (Int64(exactly: number).map { .integer($0) } ?? .bigInteger(text), true)
    }
    if isUUID(text) { return (.string(text), true) }
    return (.string(hashedUUID(text)), false)
  }

  /// The document's identifier of a point that Qdrant returned; nil when there is none.
  static func document(of point: JSONValue) -> DocumentID? {
    if let original = point["payload"]?[payloadKey]?.string { return DocumentID(original) }
    switch point["id"] {
    case .string(let text), .bigInteger(let text): return DocumentID(text)
    case .integer(let number): return DocumentID(String(number))
    default: return nil
    }
  }

  /// Whether a text is a UUID in the form in which Qdrant returns it.
  private static func isUUID(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    return parts.map(\.utf8.count) == [8, 4, 4, 4, 12]
      && parts.joined().utf8.allSatisfy { byte in
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
      }
  }

  private static func hashedUUID(_ text: String) -> String {
    var bytes = Array(SHA256.digest(of: text.utf8).bytes.prefix(16))
    bytes[6] = bytes[6] & 0x0F | 0x80
    bytes[8] = bytes[8] & 0x3F | 0x80
    let value = bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
    var uuid = ""
    for position in 0..<32 {
      if [8, 12, 16, 20].contains(position) { uuid += "-" }
      uuid += String(value >> UInt128(4 * (31 - position)) & 15, radix: 16)
    }
    return uuid
  }
}

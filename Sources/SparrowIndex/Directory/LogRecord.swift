import SparrowCore

/// A change to an index, as its log records it.
enum IndexOperation {
  case upsert([PreparedDocument])
  case delete([DocumentID])
}

/// The form of a log: a header, then records, each whole or not there.
///
/// A record is a head of 24 bytes (length of the body, sequence number, checksum of both, checksum
/// of the body) and the body. The head has a checksum of its own, so that a damaged length cannot
/// make the rest of the log look like an unfinished record.
enum LogFormat {
  static let magic: [UInt8] = Array("SPRWLOG\n".utf8)
  static let version: UInt32 = 1
  /// Bytes of a log's header.
  static let headerSize = 64
  /// Bytes of a record's head.
  static let headSize = 24
  /// The longest body of a record.
  static let maximumBodySize = 1 << 30

  /// The header of a log: magic, version, number of the log, identifier of the index, checksum.
  static func header(identifier: String, number: Int) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(raw: magic)
    writer.write(version)
    writer.write(UInt64(number))
    writer.write(raw: identifier.utf8.prefix(36))
    writer.write(raw: repeatElement(0, count: headerSize - 4 - writer.bytes.count))
    writer.write(Kernels.best.checksum(writer.bytes))
    return writer.bytes
  }

  /// A record of an operation.
  ///
  /// - Throws: ``IndexError`` when the operation is too large for one record.
  static func record(
    of operation: IndexOperation, sequence: UInt64, dimension: Int
  ) throws(IndexError) -> [UInt8] {
    let body = body(of: operation)
    guard body.count <= maximumBodySize else {
      throw IndexError(
        .usage,
        "One call may write \(maximumBodySize) bytes; found \(body.count). Pass fewer documents at a time."
      )
    }
    var head = ByteWriter()
    head.write(UInt64(body.count))
    head.write(sequence)
    head.write(Kernels.best.checksum(head.bytes))
    head.write(Kernels.best.checksum(body))
    return head.bytes + body
  }

  private static func body(of operation: IndexOperation) -> [UInt8] {
    var writer = ByteWriter()
    switch operation {
    case .upsert(let documents):
      writer.write(UInt8(1))
      writer.write(UInt32(documents.count))
      for document in documents {
        writer.write(document.id.rawValue)
        writer.write(UInt32(document.terms.count))
        for term in document.terms { writer.write(term) }
        for weight in document.weights { writer.write(weight) }
        writer.write(counted: document.record)
      }
    case .delete(let ids):
      writer.write(UInt8(2))
      writer.write(UInt32(ids.count))
      for id in ids { writer.write(id.rawValue) }
    }
    return writer.bytes
  }

  /// Reads the operation of a record's body.
  ///
  /// - Throws: when the body is not an operation on vectors of the dimension.
  static func operation(
    reading reader: inout ByteReader, dimension: Int
  ) throws(ByteReader.EndOfBytes) -> IndexOperation {
    let kind = try reader.read(UInt8.self)
    let count = try reader.read(UInt32.self)
    switch kind {
    case 1:
      var documents: [PreparedDocument] = []
      for _ in 0..<count { documents.append(try document(reading: &reader, dimension: dimension)) }
      return .upsert(documents)
    case 2:
      var ids: [DocumentID] = []
      for _ in 0..<count { ids.append(DocumentID(try reader.readText())) }
      return .delete(ids)
    default: throw ByteReader.EndOfBytes()
    }
  }

  private static func document(
    reading reader: inout ByteReader, dimension: Int
  ) throws(ByteReader.EndOfBytes) -> PreparedDocument {
    let id = DocumentID(try reader.readText())
    let count = Int(try reader.read(UInt32.self))
    guard 8 * count <= reader.remaining else { throw ByteReader.EndOfBytes() }
    var terms: [TokenID] = []
    var weights: [Float] = []
    terms.reserveCapacity(count)
    weights.reserveCapacity(count)
    for _ in 0..<count {
      let term = try reader.read(UInt32.self)
      guard Int(term) < dimension, terms.last.map({ $0 < term }) ?? true else {
        throw ByteReader.EndOfBytes()
      }
      terms.append(term)
    }
    for _ in 0..<count { weights.append(try reader.readFloat()) }
    return PreparedDocument(
      id: id, terms: terms, weights: weights, record: try reader.readCounted())
  }
}

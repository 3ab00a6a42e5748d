import SparrowCore

/// Collects the fields of a segment's documents and writes the section that ``FieldIndex`` reads.
struct FieldIndexWriter {
  private struct Field {
    var documentsOfWord: [String: [UInt32]] = [:]
    var numbers: [(value: Double, document: UInt32)] = []
  }

  private var fields: [String: Field] = [:]
  private let documentCount: Int

  init(documentCount: Int) { self.documentCount = documentCount }

  /// Takes the fields of the next document; documents come in ascending order.
  mutating func add(_ values: [String: FieldValue], document: Int) {
    for (name, value) in values {
      switch value {
      case .keywords(let words):
        for word in Set(words) {
          fields[name, default: Field()].documentsOfWord[word, default: []].append(
            UInt32(document))
        }
      case .number(let number):
        fields[name, default: Field()].numbers.append((number, UInt32(document)))
      }
    }
  }

  /// The section's bytes, none when there are no fields.
  var bytes: [UInt8] {
    guard !fields.isEmpty else { return [] }
    let sorted = fields.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    var directorySize = 4
    for (name, _) in sorted { directorySize += 4 + name.utf8.count + 32 }
    var tables = ByteWriter()
    var directory = ByteWriter()
    let tablesStart = (directorySize + 7) / 8 * 8
    directory.write(UInt32(sorted.count))
    for (name, field) in sorted {
      directory.write(name)
      for write in [writeWords, writeNumbers] {
        tables.align(to: 8)
        let offset = tablesStart + tables.bytes.count
        write(field, offset, &tables)
        directory.write(UInt64(offset))
        directory.write(UInt64(tablesStart + tables.bytes.count - offset))
      }
    }
    directory.align(to: 8)
    return directory.bytes + tables.bytes
  }

  /// Writes count, one record a word (extents of text and documents), then documents and texts.
  private func writeWords(_ field: Field, _ start: Int, _ writer: inout ByteWriter) {
    guard !field.documentsOfWord.isEmpty else { return }
    let sorted = field.documentsOfWord.sorted {
      $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
    }
    writer.write(UInt32(sorted.count))
    writer.write(UInt32(0))
    let encoded = sorted.map { documentBytes($0.value) }
    var documentOffset = start + 8 + 32 * sorted.count
    var textOffset = documentOffset + encoded.reduce(0) { $0 + $1.count }
    for ((word, _), documents) in zip(sorted, encoded) {
      writer.write(UInt64(textOffset))
      writer.write(UInt64(word.utf8.count))
      writer.write(UInt64(documentOffset))
      writer.write(UInt64(documents.count))
      textOffset += word.utf8.count
      documentOffset += documents.count
    }
    for documents in encoded { writer.write(raw: documents) }
    for (word, _) in sorted { writer.write(raw: word.utf8) }
  }

  /// Numbers while they are smaller than a bitmap, else a bitmap.
  private func documentBytes(_ documents: [UInt32]) -> [UInt8] {
    var writer = ByteWriter()
    if 4 * documents.count < FieldIndex.bitmapSize(documentCount) {
      for document in documents { writer.write(document) }
    } else {
      var bitmap = Bitmap(capacity: documentCount)
      for document in documents { bitmap.insert(Int(document)) }
      for word in bitmap.words { writer.write(word) }
    }
    return writer.bytes
  }

  /// Writes count, values in ascending order, then the document of each.
  private func writeNumbers(_ field: Field, _ start: Int, _ writer: inout ByteWriter) {
    guard !field.numbers.isEmpty else { return }
    let sorted = field.numbers.sorted {
      $0.value != $1.value ? $0.value < $1.value : $0.document < $1.document
    }
    writer.write(UInt32(sorted.count))
    writer.write(UInt32(0))
    for (value, _) in sorted { writer.write(value) }
    for (_, document) in sorted { writer.write(document) }
  }
}

import SparrowCore

/// Which documents of a segment have which value in a field.
///
/// Layout: the number of fields, then for each its name, the extents of its two tables within the
/// section. The table of words lists for each word, ascending, its text and its documents (as
/// ascending numbers of 32 bits, or as a bitmap when that is smaller). The table of numbers lists
/// values in ascending order, then the document of each.
@safe
struct FieldIndex: Sendable {
  /// Where the tables of one field lie in the section.
  private struct Tables {
    let words: Range<Int>
    let numbers: Range<Int>
  }

  private let region: Region
  private let start: Int
  private let documentCount: Int
  private let tablesOfField: [String: Tables]

  /// Reads the directory of fields.
  ///
  /// - Throws: when the section is broken.
  init(region: Region, range: Range<Int>, documentCount: Int) throws(ByteReader.EndOfBytes) {
    self.region = region
    self.start = range.lowerBound
    self.documentCount = documentCount
    var tables: [String: Tables] = [:]
    if !range.isEmpty {
      var reader = unsafe ByteReader(UnsafeRawBufferPointer(rebasing: region.bytes[range]))
      let fieldCount = try reader.read(UInt32.self)
      for _ in 0..<fieldCount {
        let name = try reader.readText()
        let bounds = try Self.readBounds(&reader, limit: range.count)
        tables[name] = Tables(words: bounds.0, numbers: bounds.1)
      }
    }
    tablesOfField = tables
  }

  /// The names of all fields, ascending.
  var names: [String] { tablesOfField.keys.sorted() }

  /// Adds the documents whose field has one of the words.
  func insert(_ field: String, words: Set<String>, into bitmap: inout Bitmap) throws(IndexError) {
    guard let range = tablesOfField[field]?.words, !range.isEmpty else { return }
    do {
      var table = unsafe reader(of: range)
      let wordCount = Int(try table.read(UInt32.self))
      for word in words {
        if let extent = try findWord(word, count: wordCount, in: range) {
          try insertDocuments(extent, into: &bitmap)
        }
      }
    } catch {
      throw damage(field)
    }
  }

  /// Adds the documents whose field has a number in a range.
  func insert(
    _ field: String, numbersFrom lowest: Double, upTo highest: Double, into bitmap: inout Bitmap
  ) throws(IndexError) {
    guard let range = tablesOfField[field]?.numbers, !range.isEmpty else { return }
    do {
      var table = unsafe reader(of: range)
      let count = Int(try table.read(UInt32.self))
      _ = try table.read(UInt32.self)
      let valuesStart = range.lowerBound + 8
      let first = try partition(count) { position throws(ByteReader.EndOfBytes) in
        try number(at: valuesStart + 8 * position) < lowest
      }
      let last = try partition(count) { position throws(ByteReader.EndOfBytes) in
        try number(at: valuesStart + 8 * position) <= highest
      }
      guard first < last else { return }
      let documents = valuesStart + 8 * count + 4 * first
      try insertNumbers(documents..<(documents + 4 * (last - first)), into: &bitmap)
    } catch {
      throw damage(field)
    }
  }

  /// Adds the documents that have the field at all.
  func insert(anyValueOf field: String, into bitmap: inout Bitmap) throws(IndexError) {
    try insert(field, numbersFrom: -.infinity, upTo: .infinity, into: &bitmap)
    guard let range = tablesOfField[field]?.words, !range.isEmpty else { return }
    do {
      var table = unsafe reader(of: range)
      let wordCount = Int(try table.read(UInt32.self))
      for position in 0..<wordCount {
        try insertDocuments(try entry(position, in: range).documents, into: &bitmap)
      }
    } catch {
      throw damage(field)
    }
  }

  // MARK: Words

  /// Where a word's text and documents lie in the section.
  private struct WordEntry {
    let text: Range<Int>
    let documents: Range<Int>
  }

  private func entry(
    _ position: Int, in table: Range<Int>
  ) throws(ByteReader.EndOfBytes) -> WordEntry {
    let recordStart = table.lowerBound + 8 + 32 * position
    guard recordStart + 32 <= table.upperBound else { throw ByteReader.EndOfBytes() }
    var record = unsafe reader(of: recordStart..<(recordStart + 32))
    let bounds = try Self.readBounds(&record, limit: table.upperBound)
    return WordEntry(text: bounds.0, documents: bounds.1)
  }

  private func findWord(
    _ word: String, count: Int, in table: Range<Int>
  ) throws(ByteReader.EndOfBytes) -> Range<Int>? {
    let position = try partition(count) { middle throws(ByteReader.EndOfBytes) in
      let text = try entry(middle, in: table).text
      return unsafe bytes(of: text).lexicographicallyPrecedes(word.utf8)
    }
    guard position < count else { return nil }
    let found = try entry(position, in: table)
    return unsafe bytes(of: found.text).elementsEqual(word.utf8) ? found.documents : nil
  }

  /// Adds a list of documents: a bitmap when the extent has its size, numbers otherwise.
  private func insertDocuments(
    _ extent: Range<Int>, into bitmap: inout Bitmap
  ) throws(ByteReader.EndOfBytes) {
    guard extent.count == Self.bitmapSize(documentCount) else {
      return try insertNumbers(extent, into: &bitmap)
    }
    var reader = unsafe reader(of: extent)
    var words: [UInt64] = []
    for _ in 0..<(extent.count / 8) { words.append(try reader.read()) }
    guard let documents = Bitmap(capacity: documentCount, words: words) else {
      throw ByteReader.EndOfBytes()
    }
    bitmap.formUnion(documents)
  }

  private func insertNumbers(
    _ extent: Range<Int>, into bitmap: inout Bitmap
  ) throws(ByteReader.EndOfBytes) {
    guard extent.upperBound <= region.count - start else { throw ByteReader.EndOfBytes() }
    var reader = unsafe reader(of: extent)
    for _ in 0..<(extent.count / 4) {
      let number = Int(try reader.read(UInt32.self))
      guard number < documentCount else { throw ByteReader.EndOfBytes() }
      bitmap.insert(number)
    }
  }

  /// The bytes of a bitmap over all documents; a list of numbers never has this size because it
  /// is then written as a bitmap.
  static func bitmapSize(_ documentCount: Int) -> Int { (documentCount + 63) / 64 * 8 }

  // MARK: Bytes

  @unsafe private func bytes(of range: Range<Int>) -> Slice<UnsafeRawBufferPointer> {
    unsafe region.bytes[(start + range.lowerBound)..<(start + range.upperBound)]
  }

  @unsafe private func reader(of range: Range<Int>) -> ByteReader {
    unsafe ByteReader(UnsafeRawBufferPointer(rebasing: bytes(of: range)))
  }

  private func number(at offset: Int) throws(ByteReader.EndOfBytes) -> Double {
    guard offset + 8 <= region.count - start else { throw ByteReader.EndOfBytes() }
    var reader = unsafe reader(of: offset..<(offset + 8))
    return try reader.readDouble()
  }

  /// The first position at which `isBefore` no longer holds.
  private func partition(
    _ count: Int, _ isBefore: (Int) throws(ByteReader.EndOfBytes) -> Bool
  ) throws(ByteReader.EndOfBytes) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if try isBefore(middle) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Reads two ranges, each as offset and length of 64 bits.
  private static func readBounds(
    _ reader: inout ByteReader, limit: Int
  ) throws(ByteReader.EndOfBytes) -> (Range<Int>, Range<Int>) {
    func range() throws(ByteReader.EndOfBytes) -> Range<Int> {
      let offset = try reader.read(UInt64.self)
      let length = try reader.read(UInt64.self)
      guard offset <= UInt64(limit), length <= UInt64(limit) - offset else {
        throw ByteReader.EndOfBytes()
      }
      return Int(offset)..<Int(offset + length)
    }
    return (try range(), try range())
  }

  private func damage(_ field: String) -> IndexError {
    IndexError(
      .invalidData,
      "The index of field \"\(field)\" is damaged. Restore the index from a copy or build it again."
    )
  }
}

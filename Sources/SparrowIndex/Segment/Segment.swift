import CSparseKernels
import Foundation
import SparrowCore

/// How thoroughly files are checked when an index is opened.
public enum FileVerification: String, Sendable, Hashable, CaseIterable {
  /// Headers, sizes and the checksums of everything: reads all files once (about 0.1 s a gigabyte
  /// from memory), after which every answer can be relied on.
  case full
  /// Headers and sizes: opens at once; damage elsewhere shows as an error or, at worst, as a wrong
  /// answer, never as a crash.
  case quick
}

/// An immutable set of documents in the form that searches read: sorted by identifier, with
/// posting lists by window, exact rows, fields and records.
///
/// The bytes come from a mapped file or from memory; the form is the same.
@safe
final class Segment: Sendable {
  let header: SegmentHeader
  /// The file, or a word for a segment in memory; named in errors.
  let path: String
  let fields: FieldIndex
  private let region: Region

  /// Opens the segment of a file.
  ///
  /// - Throws: ``IndexError`` when the file is missing, damaged or of another version.
  convenience init(path: String, verification: FileVerification) throws(IndexError) {
    try self.init(
      region: FileContents.map(path), path: path, verification: verification)
  }

  /// Opens a segment that lies in memory.
  init(region: Region, path: String, verification: FileVerification) throws(IndexError) {
    self.region = region
    self.path = path
    let page = unsafe Array(region.bytes.prefix(SegmentHeader.size))
    header = try SegmentHeader(parsing: page, actualSize: region.count, path: path)
    if verification == .full { try Self.verify(header, region, path) }
    let fieldRange = header[.fields].range
    do {
      fields = try FieldIndex(
        region: region, range: fieldRange, documentCount: header.documentCount)
    } catch {
      throw SegmentHeader.damage("its index of fields is broken", path)
    }
    for section in [SegmentSection.termMaps, .lists, .windows] {
      region.willNeed(header[section].range)
    }
  }

  /// The number of documents, deleted ones included.
  var documentCount: Int { header.documentCount }
  /// The size in bytes.
  var byteCount: Int { region.count }
  /// Whether any stored weight is below zero.
  var hasNegativeWeights: Bool { header[.negatives].length > 0 }

  // MARK: Documents

  /// The rows, for kernels.
  @unsafe var rows: spk_rows {
    return unsafe spk_rows(
      offsets: start(of: .rowOffsets).assumingMemoryBound(to: UInt64.self),
      entries: start(of: .rows).assumingMemoryBound(to: UInt8.self),
      entry_count: UInt64(header.entryCount), row_count: UInt64(documentCount),
      format: header.rowFormat)
  }

  /// The UTF-8 bytes of a document's identifier; none when the file is damaged there.
  @unsafe func identifierBytes(_ number: Int) -> UnsafeRawBufferPointer {
    unsafe slice(.identifiers, offsets: .identifierOffsets, at: number)
  }

  /// The identifier of a document.
  func identifier(of number: Int) -> DocumentID {
    DocumentID(unsafe String(decoding: identifierBytes(number), as: UTF8.self))
  }

  /// The number of the document with an identifier, nil when it is not in the segment.
  func number(of id: DocumentID) -> Int? {
    let number = firstNumber(notBefore: id)
    return has(id, at: number) ? number : nil
  }
  /// The first document whose identifier is above the given one; ``documentCount`` when none is.
  func firstNumber(after id: DocumentID) -> Int {
    let number = firstNumber(notBefore: id)
    return has(id, at: number) ? number + 1 : number
  }

  private func has(_ id: DocumentID, at number: Int) -> Bool {
    guard number < documentCount else { return false }
    return unsafe identifierBytes(number).elementsEqual(id.rawValue.utf8)
  }

  private func firstNumber(notBefore id: DocumentID) -> Int {
    var text = id.rawValue
    return text.withUTF8 { utf8 in
      let wanted = UnsafeRawBufferPointer(utf8)
      var low = 0
      var high = documentCount
      while low < high {
        let middle = (low + high) / 2
        if unsafe Self.precedes(identifierBytes(middle), wanted) {
          low = middle + 1
        } else {
          high = middle
        }
      }
      return low
    }
  }

  /// Whether one identifier is below another in the order of bytes.
  @unsafe static func precedes(
    _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer
  ) -> Bool {
    let shared = min(left.count, right.count)
    if shared > 0, let first = left.baseAddress, let second = right.baseAddress {
      let order = unsafe memcmp(first, second, shared)
      if order != 0 { return order < 0 }
    }
    return left.count < right.count
  }

  /// How many entries a document's row has.
  func entryCount(of number: Int) -> Int {
    let range = unsafe offsets(.rowOffsets, at: number, limit: header.entryCount)
    return range.count
  }

  /// Copies a document's row out; the targets have room for ``entryCount(of:)``.
  @unsafe func readRow(
    _ number: Int, terms: UnsafeMutablePointer<UInt32>, weights: UnsafeMutablePointer<Float>
  ) {
    let range = unsafe offsets(.rowOffsets, at: number, limit: header.entryCount)
    var rows = unsafe self.rows
    unsafe spk_read_row(&rows, UInt64(range.lowerBound), range.count, terms, weights)
  }

  /// A document's vector as it is stored.
  ///
  /// - Throws: ``IndexError`` when the row breaks the invariant of a vector: the file is damaged.
  func vector(of number: Int) throws(IndexError) -> SparseVector {
    let count = entryCount(of: number)
    var terms = [UInt32](repeating: 0, count: count)
    var weights = [Float](repeating: 0, count: count)
    unsafe terms.withUnsafeMutableBufferPointer { terms in
      unsafe weights.withUnsafeMutableBufferPointer { weights in
        if let termStart = terms.baseAddress, let weightStart = weights.baseAddress {
          unsafe readRow(number, terms: termStart, weights: weightStart)
        }
      }
    }
    do throws(CoreError) {
      return try SparseVector(dimension: header.dimension, indices: terms, values: weights)
    } catch {
      throw SegmentHeader.damage("the row of document \(number) is broken", path)
    }
  }

  /// A document's stored record as bytes; none when it has no record.
  @unsafe func recordBytes(_ number: Int) -> UnsafeRawBufferPointer {
    guard header[.storedOffsets].length > 0 else {
      return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    }
    return unsafe slice(.stored, offsets: .storedOffsets, at: number)
  }

  /// A document's fields and payload.
  ///
  /// - Throws: ``IndexError`` when the record is damaged.
  func record(of number: Int) throws(IndexError) -> StoredRecord {
    var reader = unsafe ByteReader(recordBytes(number))
    do {
      return try StoredRecord(reading: &reader)
    } catch {
      throw SegmentHeader.damage("the record of document \(number) is broken", path)
    }
  }

  // MARK: Posting lists

  /// Finds the posting lists of one window.
  ///
  /// - Throws: ``IndexError`` when the window's record is damaged.
  func window(_ number: Int) throws(IndexError) -> SegmentWindow {
    let record = unsafe start(of: .windows) + 32 * number
    let values = (0..<4).map {
      unsafe Int(truncatingIfNeeded: record.load(fromByteOffset: 8 * $0, as: UInt64.self))
    }
    let (postings, postingsLength, firstList, listCount) = (
      values[0], values[1], values[2], values[3]
    )
    let allPostings = header[.postings].length
    let allLists = header[.lists].length / 16
    let isInside =
      postings >= 0 && postingsLength >= 0 && postings <= allPostings
      && postingsLength <= allPostings - postings
      && firstList >= 0 && listCount >= 0 && firstList <= allLists
      && listCount <= allLists - firstList
    guard isInside else {
      throw SegmentHeader.damage("the record of window \(number) is broken", path)
    }
    return unsafe SegmentWindow(
      documentCount: header.documentCount(ofWindow: number),
      firstDocument: number * SegmentHeader.windowSize,
      mapBlockCount: header.mapBlockCount,
      termMap: start(of: .termMaps) + 16 * header.mapBlockCount * number,
      lists: start(of: .lists) + 16 * firstList,
      listCount: listCount,
      negatives: hasNegativeWeights ? start(of: .negatives) + 4 * firstList : nil,
      postings: (start(of: .postings) + postings).assumingMemoryBound(to: UInt8.self),
      postingsLength: postingsLength)
  }

  // MARK: Bytes

  /// Where a section starts; sections are aligned to 64 bytes and lie inside the region.
  @unsafe private func start(of section: SegmentSection) -> UnsafeRawPointer {
    guard let base = unsafe region.bytes.baseAddress else {
      preconditionFailure("a segment without bytes cannot have been opened")
    }
    return unsafe base + header[section].offset
  }

  /// Two consecutive offsets, or an empty range when they are not in order or beyond `limit`.
  @unsafe private func offsets(
    _ section: SegmentSection, at number: Int, limit: Int
  ) -> Range<Int> {
    let base = unsafe start(of: section)
    let from = unsafe base.load(fromByteOffset: 8 * number, as: UInt64.self)
    let upTo = unsafe base.load(fromByteOffset: 8 * number + 8, as: UInt64.self)
    guard from <= upTo, upTo <= UInt64(limit) else { return 0..<0 }
    return Int(from)..<Int(upTo)
  }

  @unsafe private func slice(
    _ section: SegmentSection, offsets offsetSection: SegmentSection, at number: Int
  ) -> UnsafeRawBufferPointer {
    let range = unsafe offsets(offsetSection, at: number, limit: header[section].length)
    return unsafe UnsafeRawBufferPointer(
      start: start(of: section) + range.lowerBound, count: range.count)
  }

  /// Checks the checksum of every section.
  private static func verify(
    _ header: SegmentHeader, _ region: Region, _ path: String
  ) throws(IndexError) {
    for section in SegmentSection.allCases {
      let extent = header[section]
      guard region.checksum(of: extent.range) == extent.checksum else {
        throw SegmentHeader.damage("the checksum of its section \(section) is wrong", path)
      }
    }
  }
}

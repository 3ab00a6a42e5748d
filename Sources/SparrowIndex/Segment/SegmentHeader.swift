import CSparseKernels
import SparrowCore

/// How the weights of documents are stored.
public enum WeightPrecision: String, Sendable, Hashable, CaseIterable {
  /// IEEE float16: 4 bytes an entry with the term; weights keep 11 significant bits and must lie
  /// within ±65,504.
  case float16
  /// IEEE float32: 6 bytes an entry with the term; weights are stored as they are.
  case float32
}

/// The parts of a segment file after its header.
enum SegmentSection: Int, CaseIterable {
  /// Where each document's identifier starts: `documents + 1` numbers of 64 bits.
  case identifierOffsets
  /// The identifiers in ascending order, UTF-8.
  case identifiers
  /// Where each document's row starts, in entries: `documents + 1` numbers of 64 bits.
  case rowOffsets
  /// The exact weights, row after row: terms, then weights.
  case rows
  /// Where each document's stored record starts: `documents + 1` numbers of 64 bits, or nothing
  /// when no document has one.
  case storedOffsets
  /// The records: fields and payload.
  case stored
  /// The index of fields.
  case fields
  /// The posting lists, window after window.
  case postings
  /// One record of 16 bytes a posting list.
  case lists
  /// For each window and each 64 dimensions: which have a list, and how many lists come before.
  case termMaps
  /// One record of 32 bytes a window.
  case windows
  /// One float32 a posting list, the largest negated weight; nothing when no weight is negative.
  case negatives
}

/// The first page of a segment file: what is in it, where, and with which checksum.
struct SegmentHeader {
  /// Where a section lies and the CRC-32C of its bytes.
  struct Extent {
    var offset = 0
    var length = 0
    var checksum: UInt32 = 0

    var range: Range<Int> { offset..<(offset + length) }
  }

  static let magic: [UInt8] = Array("SPRWSEG\n".utf8)
  static let version: UInt32 = 1
  /// The size of the header in bytes; the first section starts there.
  static let size = 4096
  /// Documents a window holds at most, so that 16 bits number them.
  static let windowSize = 65_536
  /// The largest dimension that can be indexed: a search writes its query out.
  static let maximumDimension = 1 << 24
  /// Bytes after the last section, which kernels may read and ignore.
  static let padding = 64

  var dimension: Int
  var documentCount: Int
  var entryCount: Int
  var precision: WeightPrecision
  var fileSize = 0
  var extents = [Extent](repeating: Extent(), count: SegmentSection.allCases.count)

  /// Describes a segment that is about to be written.
  init(dimension: Int, documentCount: Int, entryCount: Int, precision: WeightPrecision) {
    self.dimension = dimension
    self.documentCount = documentCount
    self.entryCount = entryCount
    self.precision = precision
  }

  subscript(section: SegmentSection) -> Extent {
    get { extents[section.rawValue] }
    set { extents[section.rawValue] = newValue }
  }

  /// The number of windows.
  var windowCount: Int { (documentCount + Self.windowSize - 1) / Self.windowSize }
  /// How many documents a window holds.
  func documentCount(ofWindow window: Int) -> Int {
    min(Self.windowSize, documentCount - window * Self.windowSize)
  }
  /// Blocks of 64 dimensions that a term map has.
  var mapBlockCount: Int { (dimension + 63) / 64 }
  /// Bytes that number a term in a row.
  var termWidth: Int { dimension > 65_536 ? 4 : 2 }
  /// Bytes of one entry of a row.
  var entryWidth: Int { termWidth + (precision == .float16 ? 2 : 4) }

  /// How kernels name the form of rows.
  var rowFormat: Int32 {
    let format =
      switch (termWidth, precision) {
      case (2, .float32): SPK_ROW_U16_F32
      case (2, .float16): SPK_ROW_U16_F16
      case (_, .float32): SPK_ROW_U32_F32
      case (_, .float16): SPK_ROW_U32_F16
      }
    return Int32(format)
  }

  /// The header as the bytes of its page.
  var bytes: [UInt8] {
    let content = checkedBytes
    var writer = ByteWriter()
    writer.write(raw: content)
    writer.write(Kernels.best.checksum(content))
    return writer.bytes
  }

  /// CRC-32C of the header, which holds the checksums of all sections: it stands for the file.
  var checksum: UInt32 { Kernels.best.checksum(checkedBytes) }

  /// The page without its checksum.
  private var checkedBytes: [UInt8] {
    var writer = ByteWriter()
    writer.write(raw: Self.magic)
    writer.write(Self.version)
    writer.write(UInt32(Self.size))
    writer.write(UInt64(dimension))
    writer.write(UInt64(documentCount))
    writer.write(UInt64(entryCount))
    writer.write(UInt64(fileSize))
    writer.write(UInt32(precision == .float16 ? 1 : 0))
    writer.write(UInt32(extents.count))
    for extent in extents {
      writer.write(UInt64(extent.offset))
      writer.write(UInt64(extent.length))
      writer.write(UInt64(extent.checksum))
    }
    writer.write(raw: repeatElement(0, count: Self.size - 4 - writer.bytes.count))
    return writer.bytes
  }

  /// Reads and checks the header of a segment file of `actualSize` bytes.
  ///
  /// - Throws: ``IndexError`` when the page is not a header of this version, was changed, or
  ///   contradicts itself or the file's size.
  init(parsing page: [UInt8], actualSize: Int, path: String) throws(IndexError) {
    guard page.count == Self.size, page.starts(with: Self.magic) else {
      throw IndexError(
        .invalidData,
        "The file is not a segment of a Sparrow index: it must start with \(Self.size) bytes of header marked \"SPRWSEG\". Build the index again.",
        at: FileLocation(path: path))
    }
    do {
      self = try unsafe page.withUnsafeBytes { (raw) throws(ByteReader.EndOfBytes) in
        var reader = unsafe ByteReader(raw)
        return try Self(reading: &reader)
      }
    } catch {
      throw Self.damage("its version is not \(Self.version)", path)
    }
    let checked = Array(page.dropLast(4))
    guard Self.storedChecksum(page) == Kernels.best.checksum(checked) else {
      throw Self.damage("the checksum of its header is wrong", path)
    }
    try validate(actualSize: actualSize, path: path)
  }

  private init(reading reader: inout ByteReader) throws(ByteReader.EndOfBytes) {
    _ = try reader.readBytes(Self.magic.count)
    guard try reader.read(UInt32.self) == Self.version else { throw ByteReader.EndOfBytes() }
    _ = try reader.read(UInt32.self)
    dimension = Int(truncatingIfNeeded: try reader.read(UInt64.self))
    documentCount = Int(truncatingIfNeeded: try reader.read(UInt64.self))
    entryCount = Int(truncatingIfNeeded: try reader.read(UInt64.self))
    fileSize = Int(truncatingIfNeeded: try reader.read(UInt64.self))
    precision = try reader.read(UInt32.self) == 1 ? .float16 : .float32
    guard try reader.read(UInt32.self) == extents.count else { throw ByteReader.EndOfBytes() }
    for position in extents.indices {
      extents[position] = Extent(
        offset: Int(truncatingIfNeeded: try reader.read(UInt64.self)),
        length: Int(truncatingIfNeeded: try reader.read(UInt64.self)),
        checksum: UInt32(truncatingIfNeeded: try reader.read(UInt64.self)))
    }
  }

  private static func storedChecksum(_ page: [UInt8]) -> UInt32 {
    page.suffix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Checks that all sizes are possible and agree with each other.
  private func validate(actualSize: Int, path: String) throws(IndexError) {
    guard fileSize == actualSize else {
      throw Self.damage("it must have \(fileSize) bytes and has \(actualSize)", path)
    }
    let isPossible =
      (0...Self.maximumDimension).contains(dimension)
      && (1...Int(UInt32.max)).contains(documentCount)
      && (0...(1 << 44)).contains(entryCount)
    guard isPossible else { throw Self.damage("its counts are out of range", path) }
    for extent in extents {
      let isInside =
        extent.offset >= Self.size && extent.length >= 0 && extent.offset % 64 == 0
        && extent.offset <= fileSize - Self.padding
        && extent.length <= fileSize - Self.padding - extent.offset
      guard isInside else { throw Self.damage("a section lies outside it", path) }
    }
    let offsetsLength = 8 * (documentCount + 1)
    let listsLength = self[.lists].length
    let isConsistent =
      self[.identifierOffsets].length == offsetsLength
      && self[.rowOffsets].length == offsetsLength
      && self[.rows].length == entryCount * entryWidth
      && (self[.storedOffsets].length == offsetsLength
        || (self[.storedOffsets].length == 0 && self[.stored].length == 0))
      && self[.windows].length == 32 * windowCount
      && self[.termMaps].length == 16 * mapBlockCount * windowCount
      && listsLength % 16 == 0
      && (self[.negatives].length == 0 || self[.negatives].length == listsLength / 4)
    guard isConsistent else { throw Self.damage("its sections do not fit its counts", path) }
  }

  /// Checks that vectors of a dimension can be indexed.
  ///
  /// - Throws: ``IndexError`` when the dimension is negative or too large.
  static func checkDimension(_ dimension: Int) throws(IndexError) {
    guard (0...maximumDimension).contains(dimension) else {
      throw IndexError(
        .usage, "The dimension of an index must be 0...\(maximumDimension); found \(dimension).")
    }
  }

  /// An error for a segment file that is not what was once written.
  static func damage(_ reason: String, _ path: String) -> IndexError {
    IndexError(
      .invalidData,
      "The segment file cannot be used: \(reason). Restore it from a copy or build the index again.",
      at: FileLocation(path: path))
  }
}

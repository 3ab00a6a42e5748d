import SparrowCore

/// Writes documents as a segment: rows and posting lists window by window, so that memory is
/// bounded by one window, then the tables that lead to them, then the header.
struct SegmentWriter {
  private let rows: OrderedRows
  private let file: any WritableFile
  private var header: SegmentHeader
  /// Where the next section starts.
  private var end = SegmentHeader.size
  /// For each document, where its row starts, in entries, and where the last one ends.
  private let rowOffsets: [UInt64]

  // The tables that grow while windows are written.
  private var windows = ByteWriter()
  private var termMaps = ByteWriter()
  private var lists = ByteWriter()
  private var negatives = ByteWriter()
  private var hasNegativeWeights = false
  private var listCount = 0

  /// Writes a segment file and makes it durable.
  ///
  /// - Parameters:
  ///   - rows: the documents.
  ///   - dimension: the size of the space.
  ///   - precision: how weights are stored.
  ///   - file: an empty file.
  ///   - isCancelled: asked once a window whether to stop.
  /// - Returns: the header that was written.
  /// - Throws: ``IndexError`` when writing fails, a limit is exceeded or it is cancelled.
  static func write(
    _ rows: OrderedRows, dimension: Int, precision: WeightPrecision, to file: any WritableFile,
    isCancelled: () -> Bool
  ) throws(IndexError) -> SegmentHeader {
    var writer = SegmentWriter(rows, dimension: dimension, precision: precision, file: file)
    return try writer.write(isCancelled)
  }

  /// Builds a segment in memory.
  ///
  /// - Throws: ``IndexError`` when a limit is exceeded or memory runs out.
  static func makeInMemory(
    _ rows: OrderedRows, dimension: Int, precision: WeightPrecision
  ) throws(IndexError) -> Segment {
    let file = MemoryFile()
    let header = try write(
      rows, dimension: dimension, precision: precision, to: file, isCancelled: { false })
    return try Segment(
      region: file.contents(size: header.fileSize), path: "(in memory)", verification: .quick)
  }

  private init(
    _ rows: OrderedRows, dimension: Int, precision: WeightPrecision, file: any WritableFile
  ) {
    self.rows = rows
    self.file = file
    var offsets: [UInt64] = [0]
    offsets.reserveCapacity(rows.count + 1)
    var total = 0
    for position in 0..<rows.count {
      total += rows.entryCount(at: position)
      offsets.append(UInt64(total))
    }
    rowOffsets = offsets
    header = SegmentHeader(
      dimension: dimension, documentCount: rows.count, entryCount: total, precision: precision)
  }

  private mutating func write(
    _ isCancelled: () -> Bool
  ) throws(IndexError) -> SegmentHeader {
    try writeIdentifiers()
    try write(numbers: rowOffsets, as: .rowOffsets)
    try writeRecordsAndFields()
    try writeWindows(isCancelled)
    try write(lists.bytes, as: .lists)
    try write(termMaps.bytes, as: .termMaps)
    try write(windows.bytes, as: .windows)
    try write(hasNegativeWeights ? negatives.bytes : [], as: .negatives)
    try file.write([UInt8](repeating: 0, count: SegmentHeader.padding), at: end)
    header.fileSize = end + SegmentHeader.padding
    try file.write(header.bytes, at: 0)
    try file.sync()
    return header
  }

  // MARK: Sections

  /// A section to which bytes are appended.
  private struct SectionStream {
    /// How many bytes are gathered before they are written.
    private static let bufferSize = 1 << 20

    let file: any WritableFile
    private(set) var extent: SegmentHeader.Extent
    private var buffer: [UInt8] = []

    init(file: any WritableFile, offset: Int) {
      self.file = file
      extent = SegmentHeader.Extent(offset: offset)
    }

    /// The number of bytes appended so far.
    var length: Int { extent.length + buffer.count }

    mutating func append(_ bytes: [UInt8]) throws(IndexError) {
      if buffer.isEmpty, bytes.count >= Self.bufferSize { return try write(bytes) }
      buffer.append(contentsOf: bytes)
      if buffer.count >= Self.bufferSize { try flush() }
    }

    mutating func flush() throws(IndexError) {
      guard !buffer.isEmpty else { return }
      try write(buffer)
      buffer.removeAll(keepingCapacity: true)
    }

    private mutating func write(_ bytes: [UInt8]) throws(IndexError) {
      try file.write(bytes, at: extent.offset + extent.length)
      extent.checksum = unsafe bytes.withUnsafeBytes {
        unsafe Kernels.best.checksum($0, after: extent.checksum)
      }
      extent.length += bytes.count
    }
  }

  /// A stream for a section that starts where the last one ended.
  private func makeStream() -> SectionStream { SectionStream(file: file, offset: end) }

  /// Ends a section.
  private mutating func finish(
    _ stream: SectionStream, as section: SegmentSection
  ) throws(IndexError) {
    var stream = stream
    try stream.flush()
    header[section] = stream.extent
    end = max(end, Self.aligned(stream.extent.range.upperBound))
  }

  private mutating func write(
    _ bytes: [UInt8], as section: SegmentSection
  ) throws(IndexError) {
    var stream = makeStream()
    try stream.append(bytes)
    try finish(stream, as: section)
  }

  private mutating func write(
    numbers: [UInt64], as section: SegmentSection
  ) throws(IndexError) {
    try write(unsafe numbers.withUnsafeBytes { unsafe Array($0) }, as: section)
  }

  /// The next multiple of 64.
  private static func aligned(_ offset: Int) -> Int { (offset + 63) / 64 * 64 }

  private mutating func writeIdentifiers() throws(IndexError) {
    var offsets: [UInt64] = [0]
    var stream = makeStream()
    offsets.reserveCapacity(rows.count + 1)
    for position in 0..<rows.count {
      try stream.append(Array(rows.identifier(at: position).rawValue.utf8))
      offsets.append(UInt64(stream.length))
    }
    try finish(stream, as: .identifiers)
    try write(numbers: offsets, as: .identifierOffsets)
  }

  private mutating func writeRecordsAndFields() throws(IndexError) {
    var offsets: [UInt64] = [0]
    var stream = makeStream()
    var fields = FieldIndexWriter(documentCount: rows.count)
    offsets.reserveCapacity(rows.count + 1)
    for position in 0..<rows.count {
      let record = rows.record(at: position)
      try stream.append(record)
      offsets.append(UInt64(stream.length))
      guard !record.isEmpty else { continue }
      fields.add(try Self.fields(of: record), document: position)
    }
    let hasRecords = stream.length > 0
    try finish(stream, as: .stored)
    try write(numbers: hasRecords ? offsets : [], as: .storedOffsets)
    try write(fields.bytes, as: .fields)
  }

  private static func fields(of record: [UInt8]) throws(IndexError) -> [String: FieldValue] {
    do {
      return try unsafe record.withUnsafeBytes { (raw) throws(ByteReader.EndOfBytes) in
        var reader = unsafe ByteReader(raw)
        return try StoredRecord(reading: &reader).fields
      }
    } catch {
      throw IndexError(
        .invalidData,
        "The stored record of a document is damaged. Restore the index from a copy or build it again."
      )
    }
  }

  // MARK: Windows

  private mutating func writeWindows(_ isCancelled: () -> Bool) throws(IndexError) {
    var rowStream = makeStream()
    // Rows have a known size, so postings can be written behind them at the same time.
    let postingsStart = Self.aligned(end + header.entryCount * header.entryWidth)
    var postingStream = SectionStream(file: file, offset: postingsStart)
    for number in 0..<header.windowCount {
      if isCancelled() { throw IndexError(.cancelled, "Writing the segment was cancelled.") }
      let first = number * SegmentHeader.windowSize
      let documents = first..<(first + header.documentCount(ofWindow: number))
      let window = WindowBuilder(
        rows: rows, documents: documents, rowOffsets: rowOffsets, header: header)
      try rowStream.append(window.rowBytes())
      let built = try window.buildLists()
      record(built, postingsOffset: postingStream.length)
      try postingStream.append(built.postings)
    }
    try finish(rowStream, as: .rows)
    try finish(postingStream, as: .postings)
  }

  private mutating func record(_ window: WindowBuilder.Lists, postingsOffset: Int) {
    windows.write(UInt64(postingsOffset))
    windows.write(UInt64(window.postings.count))
    windows.write(UInt64(listCount))
    windows.write(UInt64(window.count))
    listCount += window.count
    termMaps.write(raw: window.termMap)
    lists.write(raw: window.records)
    negatives.write(raw: window.negatives)
    hasNegativeWeights = hasNegativeWeights || window.hasNegativeWeights
  }
}

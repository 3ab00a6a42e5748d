import SparrowCore

/// Reads the records of a log.
///
/// A record of which only the beginning is there ends the log: a crash leaves such a thing behind,
/// or a writer that is at work. A record that is all there and not sound is damage.
struct LogReader {
  /// The log from `start` on.
  private let bytes: [UInt8]
  private let start: Int
  private let path: String
  private let dimension: Int
  /// Where the next record starts: everything before is whole.
  private(set) var offset: Int
  /// The sequence number of the last record read.
  private(set) var sequence: UInt64

  /// Opens a log.
  ///
  /// - Returns: nil when the file is missing or so short that no record can have been finished.
  /// - Throws: ``IndexError`` when the header is damaged, of another version or of another index.
  init?(
    path: String, manifest: Manifest, from offset: Int = LogFormat.headerSize,
    after sequence: UInt64 = 0
  ) throws(IndexError) {
    let header = try FileContents.read(path, from: 0, length: LogFormat.headerSize)
    guard let header, header.count == LogFormat.headerSize else { return nil }
    guard header == LogFormat.header(identifier: manifest.identifier, number: manifest.log) else {
      throw IndexError(
        .invalidData,
        "The log is damaged, of another version or belongs to another index. Restore the index from a copy.",
        at: FileLocation(path: path))
    }
    guard let bytes = try FileContents.read(path, from: offset) else { return nil }
    start = offset
    self.bytes = bytes
    self.path = path
    self.dimension = manifest.dimension
    self.offset = offset
    self.sequence = sequence
  }

  /// Reads the next record.
  ///
  /// - Returns: nil at the end of the log.
  /// - Throws: ``IndexError`` when the record is damaged.
  mutating func next() throws(IndexError) -> IndexOperation? {
    guard bytes.count - (offset - start) >= LogFormat.headSize else { return nil }
    do {
      return try unsafe bytes.withUnsafeBytes { (raw) throws(ByteReader.EndOfBytes) in
        try unsafe read(raw)
      }
    } catch {
      throw IndexError(
        .invalidData,
        "The log is damaged at byte \(offset): the changes recorded there and later cannot be read. Restore the index from a copy, or open it with recovery .discardDamagedLog to go on without them.",
        at: FileLocation(path: path))
    }
  }

  private mutating func read(
    _ raw: UnsafeRawBufferPointer
  ) throws(ByteReader.EndOfBytes) -> IndexOperation? {
    let position = offset - start
    var head = unsafe ByteReader(UnsafeRawBufferPointer(rebasing: raw[position...]))
    let length = try head.read(UInt64.self)
    let number = try head.read(UInt64.self)
    let checked = unsafe UnsafeRawBufferPointer(rebasing: raw[position..<(position + 16)])
    let headChecksum = unsafe Kernels.best.checksum(checked)
    guard try head.read(UInt32.self) == headChecksum,
      number == sequence + 1, length <= UInt64(LogFormat.maximumBodySize)
    else { throw ByteReader.EndOfBytes() }
    let bodyChecksum = try head.read(UInt32.self)
    let bodyStart = position + LogFormat.headSize
    let bodyEnd = bodyStart + Int(length)
    guard bodyEnd <= raw.count else { return nil }
    let body = unsafe UnsafeRawBufferPointer(rebasing: raw[bodyStart..<bodyEnd])
    guard unsafe Kernels.best.checksum(body) == bodyChecksum else { throw ByteReader.EndOfBytes() }
    var reader = unsafe ByteReader(body)
    let operation = try LogFormat.operation(reading: &reader, dimension: dimension)
    guard reader.remaining == 0 else { throw ByteReader.EndOfBytes() }
    offset = start + bodyEnd
    sequence = number
    return operation
  }
}

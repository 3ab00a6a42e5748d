import SparrowCore

/// Reads the records of a log.
///
/// A record of which only the beginning is there ends the log: a crash leaves such a thing behind,
/// or a writer that is at work. A record that is all there and not sound is damage.
struct LogReader {
  private let bytes: [UInt8]
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
    guard let bytes = try FileContents.read(path), bytes.count >= LogFormat.headerSize else {
      return nil
    }
    let expected = LogFormat.header(identifier: manifest.identifier, number: manifest.log)
    guard bytes.starts(with: expected) else {
      throw IndexError(
        .invalidData,
        "The log is damaged, of another version or belongs to another index. Restore the index from a copy.",
        at: FileLocation(path: path))
    }
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
    guard bytes.count - offset >= LogFormat.headSize else { return nil }
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
    var head = unsafe ByteReader(UnsafeRawBufferPointer(rebasing: raw[offset...]))
    let length = try head.read(UInt64.self)
    let number = try head.read(UInt64.self)
    let checked = unsafe raw[offset..<(offset + 16)]
    let headChecksum = unsafe Kernels.best.checksum(UnsafeRawBufferPointer(rebasing: checked))
    guard try head.read(UInt32.self) == headChecksum, number == sequence + 1,
      length <= UInt64(LogFormat.maximumBodySize)
    else { throw ByteReader.EndOfBytes() }
    let bodyChecksum = try head.read(UInt32.self)
    let start = offset + LogFormat.headSize
    guard bytes.count - start >= Int(length) else { return nil }
    let body = unsafe UnsafeRawBufferPointer(rebasing: raw[start..<(start + Int(length))])
    guard unsafe Kernels.best.checksum(body) == bodyChecksum else { throw ByteReader.EndOfBytes() }
    var reader = unsafe ByteReader(body)
    let operation = try LogFormat.operation(reading: &reader, dimension: dimension)
    guard reader.remaining == 0 else { throw ByteReader.EndOfBytes() }
    offset = start + Int(length)
    sequence = number
    return operation
  }
}

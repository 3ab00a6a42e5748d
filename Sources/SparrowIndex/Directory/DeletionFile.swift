import SparrowCore

/// The file that says which documents of a segment are deleted: magic, version, checksum of what
/// follows, then capacity and words of a bitmap.
enum DeletionFile {
  private static let magic: [UInt8] = Array("SPRWDEL\n".utf8)
  private static let version: UInt32 = 1

  /// The bytes of the file.
  static func bytes(of deletions: Bitmap) -> [UInt8] {
    var body = ByteWriter()
    body.write(UInt64(deletions.capacity))
    for word in deletions.words { body.write(word) }
    var writer = ByteWriter()
    writer.write(raw: magic)
    writer.write(version)
    writer.write(Kernels.best.checksum(body.bytes))
    writer.write(raw: body.bytes)
    return writer.bytes
  }

  /// Reads the deletions of a segment with a known number of documents.
  ///
  /// - Throws: ``IndexError`` when the file is missing, damaged, of another version or for
  ///   another number of documents.
  static func read(_ path: String, documentCount: Int) throws(IndexError) -> Bitmap {
    guard let bytes = try FileContents.read(path) else {
      throw IndexError(
        .missing, "The list of deleted documents is missing. Restore the index from a copy.",
        at: FileLocation(path: path))
    }
    do {
      return try unsafe bytes.withUnsafeBytes { (raw) throws(ByteReader.EndOfBytes) in
        var reader = unsafe ByteReader(raw)
        let isOurs = try reader.readBytes(magic.count) == magic
        let foundVersion = try reader.read(UInt32.self)
        let checksum = try reader.read(UInt32.self)
        let body = Array(bytes.dropFirst(reader.offset))
        guard isOurs, foundVersion == version, checksum == Kernels.best.checksum(body),
          try reader.read(UInt64.self) == UInt64(documentCount)
        else { throw ByteReader.EndOfBytes() }
        var words: [UInt64] = []
        while reader.remaining > 0 { words.append(try reader.read()) }
        guard let deletions = Bitmap(capacity: documentCount, words: words) else {
          throw ByteReader.EndOfBytes()
        }
        return deletions
      }
    } catch {
      throw IndexError(
        .invalidData,
        "The list of deleted documents is damaged or not of version \(version). Restore the index from a copy or build it again.",
        at: FileLocation(path: path))
    }
  }
}

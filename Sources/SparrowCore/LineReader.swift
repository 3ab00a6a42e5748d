package import Foundation

/// Reads a text file line by line in bounded memory.
///
/// Lines end in LF or CRLF; a byte-order mark at the start is skipped; the last line needs no end.
package struct LineReader {
  /// The file named in errors.
  package let path: String
  /// The number of the line returned last, from 1.
  package private(set) var lineNumber = 0
  private let nextChunk: () throws(CoreError) -> [UInt8]?
  private var chunk: [UInt8] = []
  private var position = 0
  private var isAtStart = true

  /// A line longer than this is taken for a file that is not text.
  package static let maximumLineByteCount = 1 << 28
  /// How many bytes are read at once.
  package static let chunkByteCount = 1 << 18

  /// Reads from anything that hands out pieces of bytes until it returns nil.
  package init(path: String, nextChunk: @escaping () throws(CoreError) -> [UInt8]?) {
    self.path = path
    self.nextChunk = nextChunk
  }

  /// Reads a file as it is.
  ///
  /// - Throws: ``CoreError`` when the file is missing, a folder or unreadable.
  package init(contentsOf url: URL) throws(CoreError) {
    let source = try FileChunks(url)
    self.init(path: url.path) { () throws(CoreError) in try source.next() }
  }

  /// The next line without its end, nil after the last one.
  ///
  /// - Throws: ``CoreError`` when reading fails or a line is longer than ``maximumLineByteCount``.
  package mutating func next() throws(CoreError) -> [UInt8]? {
    guard var line = try nextKeepingCarriageReturn() else { return nil }
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    return line
  }

  /// The next line without its LF; a CR before it stays, for formats in which lines may continue.
  package mutating func nextKeepingCarriageReturn() throws(CoreError) -> [UInt8]? {
    var line: [UInt8] = []
    var hasContent = false
    while true {
      if position == chunk.count {
        guard let more = try nextChunk() else {
          guard hasContent else { return nil }
          lineNumber += 1
          return line
        }
        chunk = more
        position = 0
        if isAtStart {
          isAtStart = false
          if chunk.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        }
        continue
      }
      hasContent = true
      let end = chunk[position...].firstIndex(of: UInt8(ascii: "\n"))
      line.append(contentsOf: chunk[position..<(end ?? chunk.count)])
      guard line.count <= Self.maximumLineByteCount else {
        throw CoreError(
          .invalidData,
          "A line may have at most \(Self.maximumLineByteCount >> 20) MiB; this one is longer. Is this a text file?",
          at: FileLocation(path: path, line: lineNumber + 1))
      }
      if let end {
        position = end + 1
        lineNumber += 1
        return line
      }
      position = chunk.count
    }
  }

  /// The next line as text.
  ///
  /// - Throws: ``CoreError`` as ``next()``, and when the line is not valid UTF-8.
  package mutating func nextText() throws(CoreError) -> String? {
    guard let line = try next() else { return nil }
    guard let text = String(validating: line, as: UTF8.self) else {
      throw CoreError(
        .invalidData,
        "This line is not valid UTF-8. Convert the file to UTF-8 first.",
        at: FileLocation(path: path, line: lineNumber))
    }
    return text
  }
}

/// The bytes of a file in pieces of ``LineReader/chunkByteCount``.
package final class FileChunks {
  private let path: String
  private let handle: FileHandle

  /// Opens a file.
  ///
  /// - Throws: ``CoreError`` when the file is missing, a folder or unreadable.
  package init(_ url: URL) throws(CoreError) {
    path = url.path
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
      throw CoreError(.missing, "There is no such file.", at: FileLocation(path: url.path))
    }
    guard !isFolder.boolValue else {
      throw CoreError(
        .usage, "A file was expected here; this is a folder.", at: FileLocation(path: url.path))
    }
    do {
      handle = try FileHandle(forReadingFrom: url)
    } catch {
      throw CoreError(
        .inputOutput, "Could not open the file (\(AtomicFile.reason(error))).",
        at: FileLocation(path: url.path))
    }
  }

  deinit { try? handle.close() }

  /// The next piece, nil at the end.
  package func next() throws(CoreError) -> [UInt8]? {
    do {
      guard let data = try handle.read(upToCount: LineReader.chunkByteCount), !data.isEmpty else {
        return nil
      }
      return [UInt8](data)
    } catch {
      throw CoreError(
        .inputOutput, "Could not read the file (\(AtomicFile.reason(error))).",
        at: FileLocation(path: path))
    }
  }
}

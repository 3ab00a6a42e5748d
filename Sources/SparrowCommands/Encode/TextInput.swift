import Foundation
import SparrowCore

/// A text to be encoded, with the identifier that its line of output gets.
struct InputText: Sendable, Hashable {
  let id: String
  let text: String
}

/// The texts of a command line, a file or the standard input, read in windows of bounded size.
///
/// A line is either a JSON object `{"_id", "title"?, "text"}`, of which title and text are joined by
/// a space, or the text itself, whose identifier is then the number of its line.
struct TextInput {
  /// What the lines of a file are.
  enum Format: String, CaseIterable {
    /// Each line is a JSON object.
    case jsonLines = "jsonl"
    /// Each line is a text.
    case plain = "text"
  }

  private enum Source {
    case arguments([String])
    case lines(LineReader, Format?)
  }

  /// The number of all texts, nil when it is not known beforehand.
  let count: Int?
  /// How many texts without a character were read, and the identifier of the first.
  private(set) var emptyTexts: (count: Int, first: String?) = (0, nil)
  private var source: Source

  /// A window ends at so many texts.
  static let windowTextCount = 4096
  /// A window ends at so many bytes of text.
  static let windowByteCount = 64 << 20

  /// Takes texts as they are; they are numbered from 1.
  init(texts: [String]) {
    count = texts.count
    source = .arguments(texts)
  }

  /// Reads lines of unknown number; without a format the first line with content tells it.
  init(lines: LineReader, format: Format?) {
    count = nil
    source = .lines(lines, format)
  }

  /// Opens a file; its lines are counted first.
  ///
  /// - Throws: `CoreError` when the file is missing or unreadable.
  init(file: URL, format: Format?) throws {
    count = try Self.lineCount(of: file)
    source = .lines(try LineReader(contentsOf: file), format ?? Self.format(of: file))
  }

  /// The next texts, none at the end.
  ///
  /// - Throws: ``CommandError`` or `CoreError` naming file and line when a line cannot be
  ///   understood.
  mutating func nextWindow() throws -> [InputText] {
    var window: [InputText] = []
    switch source {
    case .arguments(let texts):
      window = texts.enumerated().map { InputText(id: String($0.offset + 1), text: $0.element) }
      source = .arguments([])
    case .lines(var reader, var format):
      var byteCount = 0
      while window.count < Self.windowTextCount, byteCount < Self.windowByteCount,
        let line = try reader.nextText()
      {
        if format == nil, !line.isEmpty { format = line.first == "{" ? .jsonLines : .plain }
        let location = FileLocation(path: reader.path, line: reader.lineNumber)
        guard let text = try Self.parse(line, format ?? .plain, at: location) else { continue }
        window.append(text)
        byteCount += text.text.utf8.count
      }
      source = .lines(reader, format)
    }
    for text in window where text.text.isEmpty {
      emptyTexts = (emptyTexts.count + 1, emptyTexts.first ?? text.id)
    }
    return window
  }

  /// Reads one line; nil for an empty line between JSON objects.
  private static func parse(
    _ line: String, _ format: Format, at location: FileLocation
  ) throws -> InputText? {
    guard format == .jsonLines else {
      return InputText(id: String(location.line ?? 0), text: line)
    }
    guard !line.allSatisfy(\.isWhitespace) else { return nil }
    let value = try JSONValue(
      parsing: Array(line.utf8), path: location.path, firstLine: location.line ?? 1)
    guard let object = value.object else {
      throw CommandError(
        .invalidData,
        "A line must be an object with \"_id\" and \"text\"; found \(value.kindName).",
        at: location)
    }
    guard let id = object["_id"]?.string ?? object["_id"]?.int.map(String.init) else {
      throw CommandError(
        .invalidData, "\"_id\" must be a text or a whole number; found \(found(object["_id"])).",
        at: location)
    }
    guard let text = object["text"]?.string else {
      throw CommandError(
        .invalidData, "\"text\" must be a text; found \(found(object["text"])).", at: location)
    }
    let title = object["title"] ?? .null
    guard let title = title.isNull ? "" : title.string else {
      throw CommandError(
        .invalidData, "\"title\" must be a text; found \(title.kindName).", at: location)
    }
    return InputText(
      id: id, text: Document(id: DocumentID(id), title: title, text: text).content)
  }

  private static func found(_ value: JSONValue?) -> String { value?.kindName ?? "nothing" }

  private static func format(of file: URL) -> Format? {
    switch file.pathExtension.lowercased() {
    case "jsonl", "json", "ndjson": .jsonLines
    case "txt": .plain
    default: nil
    }
  }

  /// The number of lines of a regular file, nil for anything else.
  static func lineCount(of file: URL) throws -> Int? {
    guard
      let attributes = try? FileManager.default.attributesOfItem(atPath: file.path),
      attributes[.type] as? FileAttributeType == .typeRegular
    else { return nil }
    let chunks = try FileChunks(file)
    var count = 0
    var last: UInt8?
    while let chunk = try chunks.next() {
      for byte in chunk where byte == UInt8(ascii: "\n") { count += 1 }
      last = chunk.last ?? last
    }
    return last == nil || last == UInt8(ascii: "\n") ? count : count + 1
  }
}

public import Foundation
import SparrowCore

/// What surrounds a command: its streams and its environment.
public struct CommandContext: Sendable {
  /// Gets results.
  public var output: TextSink
  /// Gets errors, warnings and progress.
  public var errors: TextSink
  /// The environment's variables.
  public var environment: [String: String]
  /// The standard input.
  public var input: FileHandle

  /// Makes a context; the default is that of the process.
  public init(
    output: TextSink = .standardOutput, errors: TextSink = .standardError,
    environment: [String: String] = ProcessInfo.processInfo.environment,
    input: FileHandle = .standardInput
  ) {
    self.output = output
    self.errors = errors
    self.environment = environment
    self.input = input
  }

  /// The colours of ``output``.
  var style: TerminalStyle { TerminalStyle(for: output, environment: environment) }
  /// The colours of ``errors``.
  var errorStyle: TerminalStyle { TerminalStyle(for: errors, environment: environment) }

  /// The lines of ``input``; waiting for more ends when the task is cancelled.
  var standardInputLines: LineReader {
    let descriptor = input.fileDescriptor
    return LineReader(path: "standard input") { () throws(CoreError) in
      try StandardInput.nextChunk(of: descriptor)
    }
  }

  /// Help is never narrower than this.
  static let leastColumnCount = 80

  /// How many characters fit on a line of help, 80 to 100.
  var columnCount: Int {
    max(Self.leastColumnCount, min(100, environment["COLUMNS"].flatMap { Int($0) } ?? 100))
  }

  /// Writes a line of result.
  func print(_ line: String) throws { try output.write(line + "\n") }

  /// Writes JSON as a result, indented.
  func print(_ value: JSONValue) throws {
    try print(value.text(JSONFormat(indent: 2, escapesNonASCII: false)))
  }

  /// Tells about something odd that is no failure.
  func warn(_ message: String) { tell(errorStyle.yellow("warning:") + " " + message) }

  /// Tells about something that is good to know.
  func note(_ message: String) { tell(errorStyle.cyan("note:") + " " + message) }

  /// Writes a line to ``errors``; when nobody reads them any more, the work goes on.
  func tell(_ line: String) { try? errors.write(line + "\n") }
}

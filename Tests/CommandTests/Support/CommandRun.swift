import Foundation
import SparrowCommands
import Synchronization

/// What a command wrote and how it ended.
struct CommandRun {
  let code: Int32
  let output: String
  let errors: String

  /// The lines of the output.
  var lines: [String] { output.split(separator: "\n").map(String.init) }

  /// Runs a command within the test's process.
  ///
  /// - Parameters:
  ///   - arguments: the words after `sparrow`.
  ///   - input: a file that is the standard input; nil is an empty one.
  ///   - environment: all variables the command sees.
  /// - Throws: when the input cannot be opened.
  init(_ arguments: [String], input: URL? = nil, environment: [String: String] = [:]) throws {
    let output = Capture()
    let errors = Capture()
    let handle =
      try input.map { try FileHandle(forReadingFrom: $0) } ?? FileHandle.nullDevice
    code = SparrowCommandLine.run(
      arguments,
      in: CommandContext(
        output: output.sink, errors: errors.sink, environment: environment, input: handle))
    self.output = output.text
    self.errors = errors.text
  }

  /// Runs a command within the test's process, its arguments separated by single spaces.
  init(_ line: String) throws {
    try self.init(line.split(separator: " ").map(String.init))
  }
}

/// Keeps what is written.
final class Capture: Sendable {
  private let bytes = Mutex<[UInt8]>([])

  var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }

  var sink: TextSink { makeSink(isTerminal: false) }

  func makeSink(isTerminal: Bool) -> TextSink {
    TextSink(isTerminal: isTerminal) { [self] new in
      bytes.withLock { $0.append(contentsOf: new) }
    }
  }
}

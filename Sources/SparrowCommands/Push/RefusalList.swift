import Foundation
import SparrowCore
import SparrowEngines

/// A file with a line for each document that an engine refused: `{"_id", "error"}`.
final class RefusalList {
  private let handle: FileHandle

  /// Opens a file, from its beginning or to go on at its end.
  init(file: URL, isContinued: Bool) throws {
    let manager = FileManager.default
    if !isContinued || !manager.fileExists(atPath: file.path) {
      guard manager.createFile(atPath: file.path, contents: nil) else {
        throw CommandError(
          .inputOutput, "This file cannot be written. Name another one with --errors.",
          at: FileLocation(path: file.path))
      }
    }
    handle = try FileHandle(forWritingTo: file)
    try handle.seekToEnd()
  }

  deinit { try? handle.close() }

  /// Adds a line.
  func append(_ document: RefusedDocument) throws {
    let line: JSONValue = [
      "_id": .string(document.id.rawValue), "error": .string(document.error.message),
    ]
    try handle.write(contentsOf: line.data(.compact) + Data("\n".utf8))
  }
}

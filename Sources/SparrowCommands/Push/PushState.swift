import Foundation
import SparrowCore

/// How far a push has come: a file beside the input, from which the next try goes on.
struct PushState: Hashable {
  /// What is pushed where; a state of something else is never used.
  struct Identity: Hashable {
    /// The engine and the collection, without user and password.
    var target: String
    /// The file by name, size and time of change.
    var input: String
    /// Model and settings.
    var space: String
  }

  var identity: Identity
  /// Whether the collection had been made as a whole.
  var isCreated = false
  /// How many documents of the input, from the first one, are done without a gap.
  var doneCount = 0
  /// How many of them were refused.
  var refusedCount = 0

  private static let format = "sparrow-push"
  private static let version = 1

  init(_ identity: Identity) { self.identity = identity }

  /// Reads the state of a push; nil when there is none.
  ///
  /// - Throws: an error of the file when it is no state, or that of another push.
  init?(contentsOf file: URL, of identity: Identity) throws {
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    let value = try JSONValue(contentsOf: file)
    guard value["format"]?.string == Self.format, value["version"]?.int == Self.version,
      let target = value["target"]?.string, let input = value["input"]?.string,
      let space = value["space"]?.string, let isCreated = value["created"]?.bool,
      let doneCount = value["done"]?.int, let refusedCount = value["refused"]?.int
    else {
      throw CommandError(
        .invalidData,
        "This file does not say how far a push has come. Remove it, or name another one with --state.",
        at: FileLocation(path: file.path))
    }
    self.identity = Identity(target: target, input: input, space: space)
    self.isCreated = isCreated
    self.doneCount = doneCount
    self.refusedCount = refusedCount
    guard self.identity == identity else {
      throw CommandError(
        .usage,
        "This is the state of another push, after \(NumberText.count(doneCount)) documents: \(difference(from: identity)) Finish that one, or remove the file to begin anew.",
        at: FileLocation(path: file.path))
    }
  }

  /// Writes the state.
  func write(to file: URL) throws {
    let value: JSONValue = [
      "format": .string(Self.format), "version": .integer(Int64(Self.version)),
      "target": .string(identity.target), "input": .string(identity.input),
      "space": .string(identity.space), "created": .bool(isCreated),
      "done": .integer(Int64(doneCount)), "refused": .integer(Int64(refusedCount)),
    ]
    try AtomicFile.write(value.data(JSONFormat(indent: 1)), to: file)
  }

  private func difference(from other: Identity) -> String {
    if identity.target != other.target { return "it went to \(identity.target)." }
    if identity.input != other.input { return "its input was '\(identity.input)'." }
    return "the model or a setting is another one."
  }
}

import Foundation
import SparrowCore
import Yams

/// A recipe as YAML: its keys in order, and the line on which each stands.
///
/// Plain scalars are read by the rules of YAML 1.2: `no`, `on` and `1e-5` are a text, a text and a
/// number. JSON is YAML, so a recipe may also be JSON.
struct RecipeFile {
  /// The file as the user named it.
  let path: String
  /// What the file says.
  private(set) var object = JSONObject()
  /// The line of each key, by its way from the top (`loss.scale`).
  private var lines: [String: Int] = [:]
  /// How many values were read, those that aliases repeat included.
  private var valueCount = 0

  private static let maximumValueCount = 100_000

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - url: the file.
  ///   - necessary: the keys that the recipe cannot do without, for the message about an empty one.
  /// - Throws: ``CommandError`` or `CoreError` naming file and line when the file is missing, no
  ///   YAML, or no set of keys and values.
  init(contentsOf url: URL, necessary: String = "'model' and 'train_dataset'") throws {
    path = url.relativePath
    let chunks = try FileChunks(url)
    var bytes: [UInt8] = []
    while let chunk = try chunks.next() { bytes += chunk }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw failure("A recipe must be UTF-8 text; this file is not.")
    }
    guard let root = try compose(text), root.scalar?.string.isEmpty != true else {
      throw failure("The recipe is empty. It needs at least \(necessary).")
    }
    guard case .object(let object) = try value(of: root, way: []) else {
      throw failure("A recipe must be a set of keys and values, each on a line as 'key: value'.")
    }
    self.object = object
  }

  /// The line of the most exact key that a message names in quotes, nil when it names none.
  ///
  /// Messages name a key by its whole way (`'loss.scale'`), or a section and a key of it.
  func line(ofKeyIn message: String) -> Int? {
    let quoted = message.matches(of: #/'([^']+)'/#).map { String($0.1) }
    let pairs = quoted.flatMap { section in quoted.map { "\(section).\($0)" } }
    return (pairs + quoted).lazy.compactMap { lines[$0] }.first
  }

  /// Adds file and line to an error of a key.
  func locating<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as any SettingsError where error.location == nil {
      throw CommandError(
        error.category, error.message,
        at: FileLocation(path: path, line: line(ofKeyIn: error.message)))
    }
  }

  private func compose(_ text: String) throws -> Node? {
    do {
      return try Yams.compose(yaml: text)
    } catch let error as YamlError {
      switch error {
      case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
        .composer(_, let problem, let mark, _):
        throw failure("This is not valid YAML: \(problem).", mark)
      case .duplicatedKeysInMapping(let duplicates, let context):
        let names = duplicates.map { "'\($0)'" }.joined(separator: ", ")
        throw failure("A key stands twice: \(names).", context.mark)
      default: throw failure("This is not valid YAML: \(error).")
      }
    }
  }

  private mutating func value(of node: Node, way: [String]) throws -> JSONValue {
    valueCount += 1
    guard valueCount <= Self.maximumValueCount else {
      throw failure("The recipe has more than \(Self.maximumValueCount) values.", node.mark)
    }
    switch node {
    case .scalar(let scalar):
      return scalar.style == .plain ? Self.plain(scalar.string) : .string(scalar.string)
    case .sequence(let sequence):
      return .array(try sequence.map { try value(of: $0, way: way) })
    case .mapping(let mapping):
      var object = JSONObject()
      for (key, node) in mapping {
        guard let name = key.scalar?.string else {
          throw failure("A key must be a text.", key.mark)
        }
        lines[(way + [name]).joined(separator: ".")] = key.mark?.line
        object[name] = try value(of: node, way: way + [name])
      }
      return .object(object)
    case .alias:
      throw failure("An alias (*name) must follow its anchor (&name).", node.mark)
    }
  }

  /// What a scalar without quotes means.
  private static func plain(_ text: String) -> JSONValue {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return true
    case "false", "False", "FALSE": return false
    default: break
    }
    guard text.wholeMatch(of: #/[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?/#) != nil else {
      return .string(text)
    }
    if let number = Int64(text) { return .integer(number) }
    return Double(text).map { .number($0) } ?? .string(text)
  }

  private func failure(_ message: String, _ mark: Mark? = nil) -> CommandError {
    CommandError(.usage, message, at: FileLocation(path: path, line: mark?.line))
  }
}

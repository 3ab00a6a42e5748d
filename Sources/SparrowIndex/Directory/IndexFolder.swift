import Foundation
import SparrowCore

/// The folder of an index and the names of the files in it.
struct IndexFolder: Sendable {
  /// The folder's path as the caller named it.
  let path: String

  init(_ url: URL) { path = url.path }

  /// The file that says which other files make up the index.
  static let manifest = "MANIFEST"
  /// The file whose lock the writer holds.
  static let lock = "LOCK"

  static func segment(_ number: Int) -> String { "segment-\(number).sparrow" }
  static func deletions(_ number: Int) -> String { "deletions-\(number).sparrow" }
  static func log(_ number: Int) -> String { "log-\(number).sparrow" }
  static func temporary(_ name: String) -> String { name + ".tmp" }

  /// The path of a file.
  func file(_ name: String) -> String { path + "/" + name }

  /// Files of earlier states and unfinished ones: those that have a name of an index file and are
  /// not in use.
  func leftovers(inUse: Set<String>) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { name in
      guard !inUse.contains(name) else { return false }
      let plain = name.hasSuffix(".tmp") ? String(name.dropLast(4)) : name
      if plain == Self.manifest { return name != plain }
      return ["segment-", "deletions-", "log-"].contains { plain.hasPrefix($0) }
        && plain.hasSuffix(".sparrow")
    }.sorted()
  }

  /// Whether there is an index.
  var hasManifest: Bool { FileManager.default.fileExists(atPath: file(Self.manifest)) }
}

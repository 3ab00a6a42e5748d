import Foundation
import SparrowCore
import SparrowIndex

/// A folder that is filled beside the one it is to become, and takes its place in one step.
struct UnfinishedFolder {
  /// Where to write.
  let url: URL
  private let parent: URL
  private let prefix: String

  private static let suffix = ".tmp"

  /// Names a folder beside another.
  init(for folder: URL) {
    let folder = folder.standardizedFileURL
    parent = folder.deletingLastPathComponent()
    prefix = ".\(folder.lastPathComponent)."
    url = parent.appendingPathComponent("\(prefix)\(UUID().uuidString)\(Self.suffix)")
  }

  /// Removes what it holds.
  func remove() { try? FileManager.default.removeItem(at: url) }

  /// Removes folders of builds that were killed: those whose lock nobody holds.
  func removeAbandoned() {
    let manager = FileManager.default
    let names = (try? manager.contentsOfDirectory(atPath: parent.path)) ?? []
    for name in names where name.hasPrefix(prefix) && name.hasSuffix(Self.suffix) {
      let folder = parent.appendingPathComponent(name)
      guard (try? IndexLock(of: folder)) != nil else { continue }
      try? manager.removeItem(at: folder)
    }
  }

  /// Puts it in the place of a folder, which is set aside and then removed.
  ///
  /// A process that is killed in between leaves the old folder aside, from where
  /// ``restore(_:)`` brings it back.
  ///
  /// - Throws: ``RetrievalError`` when the folder cannot be replaced; it is then still there.
  func replace(_ folder: URL) throws(RetrievalError) {
    let manager = FileManager.default
    let aside = Self.aside(folder)
    do {
      if manager.fileExists(atPath: folder.path) {
        try? manager.removeItem(at: aside)
        try manager.moveItem(at: folder, to: aside)
      }
      do {
        try manager.moveItem(at: url, to: folder)
      } catch {
        try? manager.moveItem(at: aside, to: folder)
        throw error
      }
      try? manager.removeItem(at: aside)
    } catch {
      throw RetrievalError(
        .inputOutput, "Could not put the index in place (\(AtomicFile.reason(error))).",
        at: FileLocation(path: folder.path))
    }
  }

  /// Brings back a folder that was set aside by a process that did not live to replace it.
  static func restore(_ folder: URL) {
    let manager = FileManager.default
    let aside = aside(folder)
    guard !manager.fileExists(atPath: folder.path), manager.fileExists(atPath: aside.path),
      (try? IndexLock(of: aside)) != nil
    else { return }
    try? manager.moveItem(at: aside, to: folder)
  }

  private static func aside(_ folder: URL) -> URL {
    let folder = folder.standardizedFileURL
    return folder.deletingLastPathComponent().appendingPathComponent(
      ".\(folder.lastPathComponent).old")
  }
}

import Foundation
import SparrowCore

/// What all repositories' folders in the cache have in common.
enum CacheFolders {
  /// Marks the cache as one, so that backups leave it out (bford.info/cachedir).
  static func tag(_ root: URL) throws(HubError) {
    let file = root.appendingPathComponent("CACHEDIR.TAG")
    guard !FileManager.default.fileExists(atPath: file.path) else { return }
    let text = """
      Signature: 8a477f597d28d172789f06886806bc55
      # This file marks a cache folder. See https://bford.info/cachedir/

      """
    do {
      try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
      try AtomicFile.write(Data(text.utf8), to: file)
    } catch {
      throw HubError(writing: file, error)
    }
  }

  /// The names of what is in a folder, sorted; none when there is no such folder.
  static func names(in folder: URL) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
  }

  /// The paths of all files below a folder, sorted; links to folders are not followed.
  static func files(in folder: URL) -> [String] {
    let paths = (try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? []
    return paths.sorted().filter { path in
      var isFolder: ObjCBool = false
      let exists = unsafe FileManager.default.fileExists(
        atPath: folder.appendingPathComponent(path).path, isDirectory: &isFolder)
      return exists && !isFolder.boolValue
    }
  }
}

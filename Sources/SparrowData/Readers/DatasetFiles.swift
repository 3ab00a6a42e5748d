import Foundation
import SparrowCore

/// Finds the data files of a folder.
enum DatasetFiles {
  /// Names by which the parts of a dataset are told apart.
  static let splitNames = ["train", "dev", "validation", "valid", "test"]

  static func isFolder(_ url: URL) -> Bool {
    var isFolder: ObjCBool = false
    let exists = unsafe FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
    return exists && isFolder.boolValue
  }

  /// The data files of a folder in the order of their names.
  ///
  /// - Parameters:
  ///   - folder: where to look; folders in it are not searched.
  ///   - split: only files of this part, for example `train.jsonl`, `pairs_train.csv` or
  ///     `train-00000-of-00002.jsonl.gz`; nil takes all files, which must then belong together.
  /// - Returns: at least one file.
  /// - Throws: ``DataError`` when there are none, or no split is named and there are several.
  static func files(in folder: URL, split: String? = nil) throws(DataError) -> [URL] {
    let all: [URL]
    do {
      all = try FileManager.default.contentsOfDirectory(
        at: folder, includingPropertiesForKeys: nil, options: .skipsHiddenFiles
      ).filter { DatasetFormat($0) != nil && !isFolder($0) }
        .sorted { $0.lastPathComponent.utf8.lexicographicallyPrecedes($1.lastPathComponent.utf8) }
    } catch {
      throw DataError(
        .inputOutput, "Could not list the folder (\(AtomicFile.reason(error))).",
        at: FileLocation(path: folder.path))
    }
    let splits = splitNames.filter { name in all.contains { parts(of: $0).contains(name) } }
    let listed = splits.map { "'\($0)'" }.joined(separator: ", ")
    guard let split else {
      guard !all.isEmpty else {
        throw DataError(
          .missing, "There is no data file in this folder (.jsonl, .csv, .tsv or .txt).",
          at: FileLocation(path: folder.path))
      }
      guard splits.count <= 1 else {
        throw DataError(
          .usage, "This folder holds several parts, \(listed); name the one to read.",
          at: FileLocation(path: folder.path))
      }
      return all
    }
    let chosen = all.filter { parts(of: $0).contains(split) }
    guard !chosen.isEmpty else {
      throw DataError(
        .missing,
        "There is no file of the part '\(split)' in this folder\(splits.isEmpty ? "" : "; there are \(listed)").",
        at: FileLocation(path: folder.path))
    }
    return chosen
  }

  /// The pieces of a file's name between dots, dashes and underscores.
  private static func parts(of url: URL) -> [String] {
    url.lastPathComponent.split { "._-".contains($0) }.map(String.init)
  }
}

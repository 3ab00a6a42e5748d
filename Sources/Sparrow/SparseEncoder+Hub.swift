import Foundation
public import SparrowCore
public import SparrowHub
public import SparrowModels

extension SparseEncoder {
  /// Loads a model by the path of its folder, or by its name on the Hugging Face Hub.
  ///
  /// A model of the Hub is downloaded once into the cache of the official Python library; a branch
  /// is looked up each time, and the cache is used as it is when the Hub cannot be reached.
  ///
  /// ```swift
  /// let encoder = try SparseEncoder("naver/splade-v3")
  /// ```
  ///
  /// - Parameters:
  ///   - name: a folder, or `owner/name`, or `owner/name@revision`.
  ///   - hub: the Hub; by default the one that the environment describes.
  ///   - progress: is told how many bytes are there.
  /// - Throws: `HubError` when the model cannot be downloaded, and errors of the folder.
  public convenience init(
    _ name: String, hub: Hub? = nil, progress: ProgressReporter? = nil
  ) throws {
    if FileManager.default.fileExists(atPath: name) {
      try self.init(folder: URL(fileURLWithPath: name))
    } else {
      let hub = try hub ?? Hub(HubConfiguration())
      let snapshot = try hub.download(
        RepositoryReference(name), files: .model, progress: progress)
      try self.init(folder: snapshot.folder)
    }
  }
}

import Foundation
import SparrowCore
import SparrowHub

/// Finds the folders of models and data sets that are named on the command line or in a recipe.
struct NamedFolders {
  let context: CommandContext
  let progress: ProgressReporter?

  init(_ context: CommandContext, progress: ProgressReporter? = nil) {
    self.context = context
    self.progress = progress
  }

  /// The Hub that the environment describes.
  var hub: Hub {
    get throws(HubError) { Hub(try HubConfiguration(environment: context.environment)) }
  }

  /// The folder of a model.
  func model(_ name: String) throws -> URL { try find(name, .model) }

  /// The folder of a data set or test collection.
  func dataset(_ name: String) throws -> URL { try find(name, .dataset) }

  /// The folder of this machine that is meant, or of `owner/name[@revision]` on the Hub.
  ///
  /// What exists here is never looked for elsewhere, and other names than those of repositories are
  /// paths, whether they exist or not.
  ///
  /// - Parameters:
  ///   - name: a path or the name of a repository.
  ///   - kind: what the repository holds.
  /// - Returns: the folder, or the path as it is.
  /// - Throws: an error of the Hub, saying that there is no such folder either.
  func find(_ name: String, _ kind: RepositoryReference.Kind) throws -> URL {
    let place = URL(fileURLWithPath: name)
    guard !FileManager.default.fileExists(atPath: place.path),
      let reference = try? RepositoryReference(name, kind: kind), reference.name.contains("/")
    else { return place }
    do throws(HubError) {
      let snapshot = try hub.download(
        reference, files: kind == .model ? .model : .dataset, progress: progress)
      if let reason = snapshot.reasonForAge, reason.code != .offline {
        context.note("\(name): taken from the cache as it is. \(reason.message)")
      }
      return snapshot.folder
    } catch {
      try refuseParquet(reference, error)
      throw CommandError(
        error.category, "There is no folder '\(name)' here. \(error.message)", at: error.location)
    }
  }

  /// Says so when a data set has no files but Parquet's.
  private func refuseParquet(_ reference: RepositoryReference, _ error: HubError) throws {
    guard error.code == .fileNotFound, reference.kind == .dataset,
      let files = try? hub.files(of: reference),
      files.contains(where: { $0.path.hasSuffix(".parquet") })
    else { return }
    throw CommandError(
      .invalidData,
      "The data set \(reference) is kept as Parquet, which cannot be read here. Convert it once in Python: datasets.load_dataset(\"\(reference.name)\")[\"train\"].to_json(\"train.jsonl\")."
    )
  }
}

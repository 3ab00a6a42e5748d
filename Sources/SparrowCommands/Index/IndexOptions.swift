import ArgumentParser
import Foundation
import SparrowCore

/// The folder of an index.
struct IndexFolderOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The folder of the index.", valueName: "dir"))
  var index: String

  /// The folder.
  var folder: URL { URL(fileURLWithPath: index) }
}

/// Where the model of an index is now.
struct MovedModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Where the model of the index is now, if it has moved.", valueName: "dir"))
  var model: String?

  /// The folder, nil when none is named.
  func folder(_ context: CommandContext, _ progress: ProgressDisplay) throws -> URL? {
    try model.map { try NamedFolders(context, progress: progress.reporter).model($0) }
  }
}

import ArgumentParser
import Foundation

/// Where documents are read from.
struct DocumentOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "JSON lines {\"_id\", \"title\"?, \"text\", …}, also .gz; - is the standard input.",
      valueName: "file"))
  var input: String?

  @Option(help: ArgumentHelp("A folder in BEIR's layout, in place of --input.", valueName: "dir"))
  var collection: String?

  func validate() throws {
    guard (input == nil) != (collection == nil) else {
      throw ValidationError(
        input == nil
          ? "There are no documents. Name a file with --input, or a folder with --collection."
          : "Give either --input or --collection, not both.")
    }
  }

  /// Whether the documents can be read only once.
  var isStandardInput: Bool { input == "-" }

  /// Opens the documents.
  func open(_ context: CommandContext, _ progress: ProgressDisplay) throws -> DocumentSource {
    if let collection {
      let places = NamedFolders(context, progress: progress.reporter)
      return try DocumentSource(collection: places.dataset(collection))
    }
    guard let input, !isStandardInput else { return DocumentSource(context) }
    return try DocumentSource(file: URL(fileURLWithPath: input))
  }
}

import ArgumentParser
import Foundation
import SparrowCore
import SparrowHub

/// `sparrow hub download`: brings a repository into the cache.
struct HubDownloadCommand: ContextualCommand {
  static let configuration = CommandConfiguration(
    commandName: "download",
    abstract: "Bring a repository into the cache and print its folder.",
    discussion: """
      Files that are there already are not transferred again, interrupted downloads go on where they \
      stopped, and all bytes are checked against the Hub's digests.

      EXAMPLES:
        sparrow hub download naver/splade-v3
        sparrow hub download naver/splade-v3@main --include '*.json' --include '*.safetensors'
      """)

  @OptionGroup var repository: RepositoryArguments
  @OptionGroup var files: FileArguments
  @OptionGroup var common: CommonOptions

  func run(in context: CommandContext) throws {
    let progress = ProgressDisplay(context, isQuiet: common.quiet)
    defer { progress.finish() }
    let snapshot = try NamedFolders(context).hub.download(
      repository.reference(), files: files.selection, progress: progress.reporter)
    progress.finish()
    if let reason = snapshot.reasonForAge {
      context.note("Taken from the cache as it is. \(reason.message)")
    }
    if common.json {
      try context.print([
        "folder": .string(snapshot.folder.path), "commit": .string(snapshot.commit),
        "files": .array(snapshot.paths.map { .string($0) }),
      ])
    } else {
      try context.print(snapshot.folder.path)
    }
  }
}

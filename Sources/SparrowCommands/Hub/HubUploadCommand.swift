import ArgumentParser
import Foundation
import SparrowCore
import SparrowHub

/// `sparrow hub upload`: puts a folder on the Hub.
struct HubUploadCommand: ContextualCommand {
  static let configuration = CommandConfiguration(
    commandName: "upload",
    abstract: "Put a folder on the Hub in one commit.",
    discussion: """
      The repository is created when there is none. Files that it has already are not sent again, \
      and files and folders whose names begin with a dot are left out. Needs a token with the right \
      to write in HF_TOKEN.

      EXAMPLES:
        sparrow hub upload my-model owner/my-model --private
        sparrow hub upload my-model owner/my-model --create-pr --message "Longer training"
      """)

  @Argument(help: ArgumentHelp("The folder to upload.", valueName: "dir"))
  var folder: String

  @OptionGroup var repository: RepositoryArguments

  @Option(help: ArgumentHelp("The first line of the commit's message.", valueName: "text"))
  var message = UploadOptions().message

  @Flag(help: "Open a pull request instead of changing the branch.")
  var createPr = false

  @Flag(name: .customLong("private"), help: "Make a repository that has to be created private.")
  var isPrivate = false

  @OptionGroup var files: FileArguments
  @OptionGroup var common: CommonOptions

  func run(in context: CommandContext) throws {
    let progress = ProgressDisplay(context, isQuiet: common.quiet)
    defer { progress.finish() }
    var options = UploadOptions()
    options.message = message
    options.createsPullRequest = createPr
    options.isPrivate = isPrivate
    options.selection = files.selection
    let result = try NamedFolders(context).hub.upload(
      URL(fileURLWithPath: folder), to: repository.reference(), options: options,
      progress: progress.reporter)
    progress.finish()
    let address = result.pullRequestAddress ?? result.commitAddress
    if common.json {
      try context.print([
        "files": .array(result.paths.map { .string($0) }),
        "commit_url": result.commitAddress.map { .string($0.absoluteString) } ?? .null,
        "pull_request_url": result.pullRequestAddress.map { .string($0.absoluteString) } ?? .null,
      ])
    } else if let address {
      try context.print(
        "Uploaded \(NumberText.count(result.paths.count)) files: \(address.absoluteString)")
    } else {
      try context.print("\(repository.repository) has all these files already.")
    }
  }
}

import ArgumentParser
import SparrowHub

/// `sparrow hub`: models and data sets of the Hugging Face Hub.
struct HubCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hub",
    abstract: "Download, upload, list and verify models and data sets.",
    discussion: """
      Downloads go into the cache of the official Python library and are shared with it. Every \
      command that takes --model or --collection also takes owner/name[@revision].

      EXAMPLES:
        sparrow hub download naver/splade-v3
        sparrow hub upload my-model owner/my-model --private
        sparrow hub list
        sparrow hub verify naver/splade-v3

      ENVIRONMENT:
        HF_TOKEN         who is asking; else the file 'token' in HF_HOME
        HF_HOME          where cache and token are; ~/.cache/huggingface by default
        HF_HUB_CACHE     where the cache is; HF_HOME/hub by default
        HF_ENDPOINT      another Hub than https://huggingface.co
        HF_HUB_OFFLINE   1 uses only what is in the cache
      """,
    subcommands: [
      HubDownloadCommand.self, HubUploadCommand.self, HubListCommand.self, HubVerifyCommand.self,
    ])
}

/// The repository that a command of `sparrow hub` is about.
struct RepositoryArguments: ParsableArguments {
  @Argument(help: ArgumentHelp("A repository.", valueName: "owner/name[@revision]"))
  var repository: String

  @Flag(help: "The repository holds a data set.")
  var dataset = false

  /// The repository, read.
  func reference() throws(HubError) -> RepositoryReference {
    try RepositoryReference(repository, kind: dataset ? .dataset : .model)
  }
}

/// Which files of a repository or folder are meant.
struct FileArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp("Only files that match; may be repeated.", valueName: "pattern"))
  var include: [String] = []

  @Option(help: ArgumentHelp("No files that match; may be repeated.", valueName: "pattern"))
  var exclude: [String] = []

  /// The selection.
  var selection: FileSelection { FileSelection(including: include, excluding: exclude) }
}

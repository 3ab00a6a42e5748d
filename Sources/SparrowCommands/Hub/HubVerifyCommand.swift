import ArgumentParser
import Foundation
import SparrowCore
import SparrowHub

/// `sparrow hub verify`: compares the cache with the Hub's digests.
struct HubVerifyCommand: ContextualCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Compare the bytes of repositories in the cache with their digests.",
    discussion: """
      Needs no network. Without a name everything in the cache is verified. The exit code is 1 when \
      something is damaged.

      EXAMPLES:
        sparrow hub verify
        sparrow hub verify naver/splade-v3
      """)

  @Argument(help: ArgumentHelp("A repository; all by default.", valueName: "owner/name"))
  var repository: String?

  @Flag(help: "The repository holds a data set.")
  var dataset = false

  @OptionGroup var common: CommonOptions

  func run(in context: CommandContext) throws {
    let hub = try NamedFolders(context).hub
    let references =
      try repository.map { [try RepositoryReference($0, kind: dataset ? .dataset : .model)] }
      ?? hub.cachedRepositories().map(\.reference)
    let progress = ProgressDisplay(context, isQuiet: common.quiet)
    defer { progress.finish() }
    var faults: [CacheFault] = []
    for reference in references {
      faults += try hub.verify(reference, progress: progress.reporter)
    }
    progress.finish()
    if common.json {
      try context.print([
        "repositories": .integer(Int64(references.count)),
        "faults": .array(
          faults.map { ["file": .string($0.file.path), "message": .string($0.message)] }),
      ])
    } else {
      for fault in faults { try context.print("\(fault.file.path): \(fault.message)") }
    }
    guard faults.isEmpty else {
      throw CommandError(
        .invalidData,
        "\(NumberText.count(faults.count)) of the files in the cache are not as the Hub has them.")
    }
    if !common.json {
      try context.print("\(NumberText.count(references.count)) repositories are in order.")
    }
  }
}

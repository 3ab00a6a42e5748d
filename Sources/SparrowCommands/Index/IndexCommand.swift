import ArgumentParser

/// `sparrow index`: makes and changes indexes on disk.
struct IndexCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index",
    abstract: "Build and change an index on disk, which sparrow search --index searches.",
    discussion: """
      The folder of an index holds vectors and texts of its documents, and says which model made them \
      with which settings.

      EXAMPLES:
        sparrow index build --index docs --model .models/splade-tiny --input docs.jsonl
        sparrow index add --index docs --input more.jsonl
        sparrow index stats --index docs
        sparrow search --index docs "wireless router"
      """,
    subcommands: [
      IndexBuildCommand.self, IndexAddCommand.self, IndexDeleteCommand.self,
      IndexStatsCommand.self, IndexCompactCommand.self, IndexVerifyCommand.self,
    ])
}

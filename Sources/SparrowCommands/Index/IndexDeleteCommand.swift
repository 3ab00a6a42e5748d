import ArgumentParser
import Foundation
import SparrowCore
import SparrowData
import SparrowIndex
import SparrowRetrieval

/// `sparrow index delete`: takes documents out of an index.
struct IndexDeleteCommand: ContextualCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete",
    abstract: "Delete documents by identifier or by a filter.",
    discussion: """
      The space of deleted documents is used again when segments are merged, at the latest by sparrow \
      index compact. The language of filters is that of sparrow search.

      EXAMPLES:
        sparrow index delete --index docs d17 d18
        sparrow index delete --index docs --ids gone.txt
        sparrow index delete --index docs --filter "lang=en and year<2020"
      """)

  @OptionGroup var place: IndexFolderOptions

  @Option(
    help: ArgumentHelp(
      "A file with an identifier a line; - is the standard input.", valueName: "file"))
  var ids: String?

  @Option(help: ArgumentHelp("Delete the documents that pass.", valueName: "condition"))
  var filter: String?

  @OptionGroup var common: CommonOptions

  @Argument(help: ArgumentHelp("Identifiers of documents.", valueName: "id"))
  var arguments: [String] = []

  func validate() throws {
    let ways = [!arguments.isEmpty, ids != nil, filter != nil].filter { $0 }
    guard ways.count == 1 else {
      throw ValidationError(
        ways.isEmpty
          ? "There is nothing to delete. Give identifiers, or a file with --ids, or a condition with --filter."
          : "Give identifiers, or --ids, or --filter; only one of them.")
    }
  }

  func run(in context: CommandContext) throws {
    try common.apply()
    let note = try CollectionNote(of: place.folder)
    guard note.origin == nil else {
      throw CommandError(
        .usage, "The index follows a collection; delete the documents there.",
        at: FileLocation(path: place.folder.path))
    }
    let condition = try filter.map { try DocumentFilter(parsing: $0) }
    let wanted = condition == nil ? try identifiers(context) : []
    let writer = try IndexWriter(openingAt: place.folder)
    let snapshot = try writer.snapshot()
    let present =
      try condition.map { try snapshot.identifiers(where: $0) }
      ?? wanted.filter(snapshot.contains)
    try writer.delete(present)
    try writer.close()
    let left = snapshot.documentCount - present.count
    let unknown = wanted.count - (condition == nil ? present.count : 0)
    guard !common.json else {
      return try context.print([
        "deleted": .integer(Int64(present.count)), "unknown": .integer(Int64(unknown)),
        "documents": .integer(Int64(left)),
      ])
    }
    let missing = unknown > 0 ? ", \(NumberText.count(unknown)) not in the index" : ""
    try context.print(
      "\(NumberText.count(present.count, "documents")) deleted, \(NumberText.count(left)) left\(missing)"
    )
  }

  /// The identifiers that are named, each once.
  private func identifiers(_ context: CommandContext) throws -> [DocumentID] {
    var names = arguments
    if let ids {
      var lines =
        ids == "-"
        ? context.standardInputLines
        : try LineReader(possiblyCompressed: URL(fileURLWithPath: ids))
      while let line = try lines.nextText() {
        if !line.isEmpty { names.append(line) }
      }
    }
    return Array(Set(names.map { DocumentID($0) })).sorted()
  }
}

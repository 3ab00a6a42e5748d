import ArgumentParser
import Foundation
import SparrowCore
import SparrowIndex
import SparrowRetrieval

/// `sparrow index stats`: what an index consists of.
struct IndexStatsCommand: ContextualCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Show what an index consists of.",
    discussion: """
      Shows documents, files, sizes, and the terms that most documents have, which cost a search the \
      most.

      EXAMPLES:
        sparrow index stats --index docs
        sparrow index stats --index docs --terms 50 --json
      """)

  @OptionGroup var place: IndexFolderOptions
  @OptionGroup var model: MovedModelOptions

  @Option(help: ArgumentHelp("How many of the most frequent terms to show.", valueName: "n"))
  var terms = 10

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard terms >= 0 else { throw ValidationError("--terms must be 0 or more; found \(terms).") }
  }

  func run(in context: CommandContext) throws {
    try common.apply()
    let progress = ProgressDisplay(context, isQuiet: common.quiet)
    let index = try CollectionIndex(openingAt: place.folder)
    let statistics = try IndexReader(openingAt: place.folder, verification: .quick).statistics()
    var frequent: [(term: String, count: Int)] = []
    if terms > 0 {
      let encoder = try namingEncoder(index, context, progress)
      frequent = try index.snapshot.documentFrequencies().prefix(terms).map { entry in
        (encoder?.term(entry.dimension) ?? "#\(entry.dimension)", entry.count)
      }
    }
    let report = IndexReport(
      folder: place.folder, statistics: statistics, space: index.note.space, terms: frequent)
    if common.json {
      try context.print(report.json)
    } else {
      try context.output.write(report.text(context.style))
    }
  }

  /// The encoder that names terms; nil, and a note, when its model is not there.
  private func namingEncoder(
    _ index: CollectionIndex, _ context: CommandContext, _ progress: ProgressDisplay
  ) throws -> (any SparseEncoding)? {
    let folder = try model.folder(context, progress)
    do {
      return try index.makeEncoder(for: .query, model: folder)
    } catch let error as RetrievalError where folder == nil {
      context.note("Terms have numbers instead of names. \(error)")
      return nil
    }
  }
}

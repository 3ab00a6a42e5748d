import ArgumentParser
import Foundation
import SparrowCore
import SparrowRetrieval

/// `sparrow index add`: adds documents to an index, or replaces them.
struct IndexAddCommand: ContextualCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Add documents to an index, or replace those it has.",
    discussion: """
      Documents are encoded by the model and the settings of the index. A document whose _id the \
      index has is replaced. What was added before Ctrl-C or a crash stays; adding everything again \
      does no harm.

      EXAMPLES:
        sparrow index add --index docs --input more.jsonl
        tail -n 100 docs.jsonl | sparrow index add --index docs --input -
      """)

  @OptionGroup var place: IndexFolderOptions
  @OptionGroup var model: MovedModelOptions
  @OptionGroup var documents: DocumentOptions
  @OptionGroup var cache: CacheOptions
  @OptionGroup var common: CommonOptions

  func run(in context: CommandContext) throws {
    try common.apply()
    let progress = ProgressDisplay(context, isQuiet: common.quiet)
    defer { progress.finish() }
    let note = try CollectionNote(of: place.folder)
    guard note.origin == nil else {
      throw CommandError(
        .usage,
        "The index follows a collection: change the collection, and the next search --collection encodes it again.",
        at: FileLocation(path: place.folder.path))
    }
    var source = try documents.open(context, progress)
    let cache = try self.cache.open()
    let encoder = try self.cache.encoder(
      CollectionIndex(openingAt: place.folder).makeEncoder(
        for: .document, model: model.folder(context, progress)), in: note.space, cache)
    var taken = 0
    var before = 0
    let start = ContinuousClock.now
    do {
      let report = try CollectionIndex.add(
        to: place.folder, with: encoder, progress: progress.reporter, documentCount: source.count
      ) { count in
        before = taken
        let documents = try source.next(count)
        taken += documents.count
        return documents
      }
      progress.finish()
      cache?.report(context)
      try LoadSummary(folder: place.folder, report, since: start).write(
        context, isJSON: common.json)
    } catch {
      if before > 0 {
        progress.finish()
        context.note("The first \(NumberText.count(before)) documents had been added.")
      }
      throw error
    }
  }
}

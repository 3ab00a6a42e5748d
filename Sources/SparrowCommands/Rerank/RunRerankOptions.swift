import ArgumentParser
import Foundation
import SparrowCore
import SparrowData
import SparrowEvaluation
import SparrowModels

/// A run whose best documents are to be sorted anew.
struct RunRerankOptions: ParsableArguments {
  @Option(help: ArgumentHelp("A first stage's documents, as TREC has them.", valueName: "file"))
  var run: String?

  @Option(help: ArgumentHelp("The folder in BEIR's layout that was searched.", valueName: "dir"))
  var collection: String?

  @Option(help: ArgumentHelp("The run to write.", valueName: "file"))
  var output: String?

  @Option(help: ArgumentHelp("Score so many documents of each query.", valueName: "n"))
  var depth = 100

  @Option(
    help: ArgumentHelp("Take at most so many queries of the run, the first.", valueName: "n"))
  var queryLimit: Int?

  @Option(
    help: ArgumentHelp("Measure both runs by these judgments: qrels/SPLIT.tsv.", valueName: "split")
  )
  var split: String?

  func check() throws {
    guard collection != nil else {
      throw ValidationError("--run needs the --collection that was searched, for its texts.")
    }
    guard output != nil || split != nil else {
      throw ValidationError("Give an --output to write, or a --split to measure by.")
    }
    guard depth >= 1 else { throw ValidationError("--depth must be at least 1; found \(depth).") }
    if let queryLimit, queryLimit < 1 {
      throw ValidationError("--query-limit must be at least 1; found \(queryLimit).")
    }
  }

  /// Sorts the run, writes it, and says what changed.
  func rerank(
    _ encoder: CrossEncoder, name: String, isJSON: Bool, _ context: CommandContext,
    _ progress: ProgressDisplay
  ) throws {
    let folder = try NamedFolders(context, progress: progress.reporter).dataset(collection ?? "")
    let collection = try BEIRCollection(folder: folder)
    var first = try RetrievalRun(contentsOf: URL(fileURLWithPath: run ?? ""))
    if let queryLimit { first = first.prefix(queries: queryLimit) }
    let qrels = try split.map { try collection.qrels(split: $0) }
    let queries = try collection.loadQueries()
    let documents = try collection.loadDocuments(progress: progress.reporter)
    let clock = ContinuousClock()
    let start = clock.now
    let reranked = try first.reranked(
      by: encoder, depth: depth,
      queries: Dictionary(queries.map { ($0.id, $0.text) }, uniquingKeysWith: { old, _ in old }),
      documents: Dictionary(
        documents.map { ($0.id, $0.content) }, uniquingKeysWith: { old, _ in old }),
      progress: progress.reporter)
    let duration = start.duration(to: clock.now)
    progress.finish()
    if let output {
      let tag = String(
        URL(fileURLWithPath: name).lastPathComponent.map { $0.isWhitespace ? "-" : $0 })
      try reranked.write(to: URL(fileURLWithPath: output), tag: tag)
    }
    let report = try RerankReport(
      first: first, reranked: reranked, qrels: qrels, isPart: queryLimit != nil,
      seconds: duration.seconds, output: output)
    if isJSON {
      try context.print(report.json)
    } else {
      for line in report.lines(context.style) { try context.print(line) }
    }
  }
}

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
    help: ArgumentHelp(
      "What the model's scores count beside the run's own, up to 1; both as z-scores.",
      valueName: "share"))
  var weight = 1.0

  @Flag(help: "Measure weights from 0.1 to 1 as well, to choose one on queries for that.")
  var sweep = false

  @Option(
    help: ArgumentHelp("Take at most so many queries, evenly spread over the run.", valueName: "n"))
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
    guard weight > 0, weight <= 1 else {
      throw ValidationError("--weight must be above 0 and at most 1; found \(weight).")
    }
    guard !sweep || split != nil else {
      throw ValidationError("--sweep measures, and needs a --split to measure by.")
    }
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
    if let queryLimit { first = first.sample(queries: queryLimit) }
    let qrels = try split.map { try collection.qrels(split: $0) }
    let queries = try collection.loadQueries()
    let documents = try collection.loadDocuments(progress: progress.reporter)
    let clock = ContinuousClock()
    let start = clock.now
    let judged = try first.reranked(
      by: encoder, depth: depth,
      queries: Dictionary(queries.map { ($0.id, $0.text) }, uniquingKeysWith: { old, _ in old }),
      documents: Dictionary(
        documents.map { ($0.id, $0.content) }, uniquingKeysWith: { old, _ in old }),
      progress: progress.reporter)
    let duration = start.duration(to: clock.now)
    progress.finish()
    let reranked = try judged.interpolated(with: first, weight: weight)
    if let output {
      let tag = String(
        URL(fileURLWithPath: name).lastPathComponent.map { $0.isWhitespace ? "-" : $0 })
      try reranked.write(to: URL(fileURLWithPath: output), tag: tag)
    }
    var report = RerankReport(reranked, seconds: duration.seconds, output: output)
    if let qrels {
      let measures = RerankMeasures(qrels, of: queryLimit == nil ? nil : first.queries)
      try report.measure(first, reranked, by: measures)
      if sweep {
        for tenths in 1...10 {
          let weight = Double(tenths) / 10
          try report.add(judged.interpolated(with: first, weight: weight), weight, by: measures)
        }
      }
    }
    if isJSON {
      try context.print(report.json)
    } else {
      for line in report.lines(context.style) { try context.print(line) }
    }
  }
}

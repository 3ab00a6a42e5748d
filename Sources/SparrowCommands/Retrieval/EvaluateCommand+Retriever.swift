import Foundation
import SparrowCore
import SparrowData
import SparrowEvaluation
import SparrowIndex
import SparrowRetrieval

extension EvaluateCommand {
  /// Measures every step of a pipeline, with BM25 beside it.
  func evaluate(
    recipe path: String, on folder: URL, _ context: CommandContext, _ progress: ProgressDisplay
  ) throws {
    let file = try RetrieverFile(path, NamedFolders(context, progress: progress.reporter))
    let source = try BEIRCollection(folder: folder)
    let judgments = try source.qrels(split: split)
    let queries = try source.loadQueries(judgedIn: judgments).evenlySpread(queryLimit ?? .max)
    let qrels = judgments.restricted(to: queries.map(\.id))
    let documents = try source.loadDocuments(progress: progress.reporter)
    let retriever = try file.makeRetriever(documents, cache, context, progress)
    let evaluation = try RetrieverEvaluation(
      of: retriever,
      baseline: file.recipe.hasBM25 ? nil : try Self.bm25(documents, progress),
      queries: queries, qrels: qrels, progress: progress.reporter)
    progress.finish()
    if let run, let last = evaluation.rows.last { try write(last.run, to: run) }
    let report = RetrieverReport(evaluation: evaluation)
    if common.json {
      try context.print(report.json)
    } else {
      try context.output.write(
        report.text(heading: heading(queries.count, documents.count), context.style))
    }
  }

  private static func bm25(
    _ documents: [Document], _ progress: ProgressDisplay
  ) throws -> Retriever {
    let encoder = try BM25Encoder(
      fitting: documents.lazy.map(\.content), progress: progress.reporter)
    return try Retriever(
      stages: [
        CandidateStage(
          name: "BM25", encoder: encoder, documents: documents,
          options: EncodingOptions(progress: progress.reporter))
      ])
  }
}

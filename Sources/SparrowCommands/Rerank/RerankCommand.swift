import ArgumentParser
import Foundation
import SparrowCore
import SparrowModels

/// `sparrow rerank`: sorts what a first stage found by a cross-encoder.
struct RerankCommand: ContextualCommand {
  static let configuration = CommandConfiguration(
    commandName: "rerank",
    abstract: "Sort documents, or the best of a run, by a cross-encoder.",
    usage: """
      sparrow rerank --model <dir> --query <text> [--input <file>] [<document> ...] [<options>]
      sparrow rerank --model <dir> --run <file> --collection <dir> --output <file> [<options>]
      """,
    discussion: """
      A cross-encoder reads a query and a document together, which is slower and better than comparing \
      vectors. Documents are given as words, or one a line: a text, or a JSON object {"_id", "title"?, \
      "text"}. A run is a file as TREC has it, which 'sparrow evaluate --run' writes; of each query the \
      best --depth documents are scored and written as a run, others left out. With the judgments of \
      --split both runs are measured. A --weight below 1 keeps part of the run's own scores, which \
      often ranks better than either; --sweep shows what each weight brings.

      EXAMPLES:
        sparrow rerank --model reranker --query "lost key" "call a locksmith" "a piano lesson"
        sparrow rerank --model reranker --query "lost key" --input documents.jsonl --top 5 --json
        sparrow rerank --model reranker --run bm25.trec --collection scifact --split test \\
          --output reranked.trec --precision bf16
        sparrow rerank --model reranker --run dev.trec --collection mine --split dev --sweep
      """)

  @Option(
    help: ArgumentHelp("A cross-encoder's folder, or owner/name on the Hub.", valueName: "dir"))
  var model: String

  @OptionGroup var documents: DocumentRerankOptions
  @OptionGroup var runs: RunRerankOptions

  @Option(help: "The number format of the computation.")
  var precision: ComputePrecision = .float32

  @Option(
    help: ArgumentHelp(
      "Cut pairs at so many tokens; by default the model's own limit.", valueName: "n"))
  var maxLength: Int?

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let maxLength, maxLength < 8 {
      throw ValidationError("--max-length must be at least 8 for a pair; found \(maxLength).")
    }
    guard (documents.query == nil) != (runs.run == nil) else {
      throw ValidationError("Give either a --query with documents, or a --run of a --collection.")
    }
    try runs.run == nil ? documents.check() : runs.check()
  }

  func run(in context: CommandContext) throws {
    try common.apply()
    let progress = ProgressDisplay(context, isQuiet: common.quiet)
    defer { progress.finish() }
    let folder = try NamedFolders(context, progress: progress.reporter).model(model)
    let encoder = try CrossEncoder(folder: folder)
    for warning in encoder.warnings { context.warn("\(model): \(warning)") }
    encoder.precision = precision
    if let maxLength { encoder.maximumLength = maxLength }
    if let query = documents.query {
      try documents.rerank(for: query, encoder, isJSON: common.json, context, progress)
    } else {
      try runs.rerank(encoder, name: model, isJSON: common.json, context, progress)
    }
  }
}

import ArgumentParser
import Foundation
import SparrowCore
import SparrowData
import SparrowEvaluation
import SparrowIndex

/// `sparrow evaluate`: how well a model finds the relevant documents of a collection.
struct EvaluateCommand: ContextualCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure retrieval on a test collection.",
    discussion: """
      The collection is a folder in BEIR's layout: corpus.jsonl, queries.jsonl (each also .gz) and \
      qrels/SPLIT.tsv. A document is its title, a space and its text. Every document is compared with \
      every query. A dense encoder's folder is measured as it is. The keys of --json are those of \
      Sentence Transformers' evaluator; FLOPS is the expected number of multiplications for a query \
      and a document.

      With --retriever every step of a pipeline gets a row: BM25, each stage, their fusion, the \
      reranking. Steps that join or reorder others are tested against the best of them \
      (docs/retrieval.md). --cache keeps the documents' vectors; queries are encoded each time.

      EXAMPLES:
        sparrow evaluate --model .models/splade-tiny --collection scifact --max-length 256
        sparrow evaluate --model bm25 --collection scifact --split test --json
        sparrow evaluate --model out --collection mine --split dev --run dev.trec
        sparrow evaluate --retriever Examples/hybrid.yaml --collection scifact --cache vectors
      """)

  @Option(
    name: .customLong("model"),
    help: ArgumentHelp("A model folder, owner/name on the Hub, or bm25.", valueName: "dir|bm25"))
  var modelName: String?

  @OptionGroup var pipeline: RetrieverOption
  @OptionGroup var encoding: EncodingArguments
  @OptionGroup var bm25: BM25Options

  @Option(help: ArgumentHelp("A folder in BEIR's layout.", valueName: "dir"))
  var collection: String

  @Option(help: ArgumentHelp("The judgments to measure by: qrels/SPLIT.tsv.", valueName: "split"))
  var split = "test"

  @Option(
    help: ArgumentHelp(
      "Write the 100 best documents of each query, as TREC does.", valueName: "file"))
  var run: String?

  @Option(
    help: ArgumentHelp(
      "Keep the encoded documents in this folder, and use them.", valueName: "dir"))
  var index: String?

  @Option(
    help: ArgumentHelp(
      "With --retriever: measure at most so many queries, evenly spread.", valueName: "n"))
  var queryLimit: Int?

  @OptionGroup var cache: CacheOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    try pipeline.validate(cache)
    if let queryLimit, queryLimit < 1 {
      throw ValidationError("--query-limit must be at least 1; found \(queryLimit).")
    }
    guard queryLimit == nil || pipeline.recipe != nil else {
      throw ValidationError(
        "--query-limit goes with --retriever; a model is measured on all queries.")
    }
    if pipeline.recipe != nil {
      return try pipeline.validate(
        model: modelName, collection: collection, index: index, encoding, bm25)
    }
    guard modelName != nil else { throw ValidationError("Give either --model or --retriever.") }
    try model.validate()
    if index != nil, model.isBM25 {
      throw ValidationError("--index is for models; BM25 is counted in a moment each time.")
    }
  }

  /// What is measured, as it was named: a model, or else a recipe.
  private var subject: String { modelName ?? pipeline.recipe ?? "" }
  private var model: RetrievalModelOptions {
    RetrievalModelOptions(model: subject, encoding, bm25)
  }

  func run(in context: CommandContext) throws {
    try common.apply()
    let progress = ProgressDisplay(context, isQuiet: common.quiet)
    defer { progress.finish() }
    let folder = try NamedFolders(context, progress: progress.reporter).dataset(collection)
    if let recipe = pipeline.recipe {
      return try evaluate(recipe: recipe, on: folder, context, progress)
    }
    var configuration = InformationRetrievalEvaluator.Configuration()
    configuration.maxActiveDimensions = model.encoding.maxActive
    let evaluator = try BEIRCollection(folder: folder).makeEvaluator(
      split: split, configuration: configuration, progress: progress.reporter)
    let dense =
      model.isBM25 ? nil : try model.encoding.loadDenseEncoder(model.model, context)
    let encoder: any SparseEncoding =
      try dense.map(DenseVectors.init)
      ?? model.makeEncoder(for: evaluator.corpus, context, progress)
    let report = try measure(evaluator, encoder, of: folder, context, progress)
    progress.finish()
    if let run, let found = report.runs[encoder.similarity] { try write(found, to: run) }
    if common.json {
      try context.print(report.result.json)
    } else {
      try context.output.write(
        EvaluationReport(report.result, function: encoder.similarity).text(
          heading: heading(evaluator.queries.count, evaluator.corpus.count), context.style))
    }
  }

  /// What is measured, in a line.
  func heading(_ queryCount: Int, _ documentCount: Int) -> String {
    "\(URL(fileURLWithPath: collection).lastPathComponent) \(split): \(NumberText.count(queryCount)) queries, "
      + "\(NumberText.count(documentCount)) documents, \(subject)"
  }

  private func measure(
    _ evaluator: InformationRetrievalEvaluator, _ encoder: any SparseEncoding, of folder: URL,
    _ context: CommandContext, _ progress: ProgressDisplay
  ) throws -> InformationRetrievalEvaluator.Report {
    let evaluation = EvaluationContext(progress: progress.reporter)
    guard let index else { return try evaluator.report(on: encoder, in: evaluation) }
    let kept = try KeptIndex(
      folder: URL(fileURLWithPath: index), collection: folder, model: model,
      modelFolder: NamedFolders(context).model(model.model))
    let snapshot = try kept.snapshot(encoder, context, progress)
    var documents = SparseMatrix(columnCount: encoder.dimension)
    for document in evaluator.corpus {
      guard let vector = try snapshot.vector(of: document.id) else {
        throw CommandError(
          .invalidData, "The index has no document '\(document.id)'. Remove it; it is made again.",
          at: FileLocation(path: index))
      }
      try documents.append(vector)
    }
    let queries = try encoder.encode(
      evaluator.queries.map(\.text), role: .query,
      options: model.encoding.options(progress.reporter))
    return try evaluator.report(
      queryEmbeddings: queries, corpusEmbeddings: documents, similarity: encoder.similarity,
      in: evaluation)
  }

  /// Writes a run, tagged with what was measured.
  func write(_ run: RetrievalRun, to path: String) throws {
    let name = URL(fileURLWithPath: subject).lastPathComponent
    try run.write(
      to: URL(fileURLWithPath: path),
      tag: String(name.map { $0.isWhitespace ? "-" : $0 }))
  }
}

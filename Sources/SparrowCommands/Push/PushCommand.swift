import ArgumentParser
import Foundation
import SparrowCore
import SparrowEngines
import SparrowModels
import SparrowRetrieval

/// `sparrow push`: documents in, a collection of a search engine out.
struct PushCommand: ContextualCommand {
  static let configuration = CommandConfiguration(
    commandName: "push",
    abstract: "Encode documents and load them into a search engine.",
    discussion: """
      The address names engine and collection: qdrant://HOST:6333/NAME, \
      elasticsearch://HOST:9200/NAME, opensearch://HOST:9200/NAME, or \
      postgresql://HOST/DATABASE?table=NAME; ?tls=true encrypts, ?certificate-authority=FILE also \
      trusts a private authority. The collection is created so that scores are exact dot products.

      Input is that of sparrow index build. Of documents with the same _id the first one counts. \
      Words and numbers beside the texts are loaded as fields to filter by, and everything is kept \
      as payload.

      A file beside the input (INPUT.push) says how far the push has come. After an interruption the \
      same command goes on from there: documents have identifiers, so nothing is lost and nothing \
      doubled.

      EXAMPLES:
        sparrow push --to qdrant://localhost:6333/docs --model .models/splade-tiny --input docs.jsonl
        sparrow push --to opensearch://search:9200/docs --model out --collection scifact \\
          --state scifact.push --errors refused.jsonl
        sparrow push --to qdrant://localhost:6333/docs --model out --input docs.jsonl --dry-run

      ENVIRONMENT:
        SPARROW_ENGINE_KEY  the engine's API key, in place of --api-key
      """)

  @Option(help: ArgumentHelp("Engine and collection.", valueName: "address"))
  var to: String

  @Option(help: ArgumentHelp("The engine's API key.", valueName: "key"))
  var apiKey: String?

  @OptionGroup var model: ModelOptions
  @OptionGroup var documents: DocumentOptions

  @Option(
    help: ArgumentHelp(
      "The fields to filter by, separated by commas; by default all words and numbers.",
      valueName: "names"))
  var fields: String?

  @Flag(help: "Add to a collection that is there.")
  var append = false

  @Flag(help: "Delete a collection that is there first.")
  var replace = false

  @Option(help: ArgumentHelp("Keep here how far the push has come.", valueName: "file"))
  var state: String?

  @Option(
    help: ArgumentHelp("List the documents that the engine refuses here.", valueName: "file"))
  var errors: String?

  @Option(help: ArgumentHelp("End after so many refused documents.", valueName: "n"))
  var maxErrors = 100

  @Flag(help: "Check address, model and input, and change nothing.")
  var dryRun = false

  @OptionGroup var cache: CacheOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if append, replace { throw ValidationError("Give either --append or --replace, not both.") }
    guard maxErrors >= 0 else {
      throw ValidationError("--max-errors must be 0 or more; found \(maxErrors).")
    }
  }

  func run(in context: CommandContext) throws {
    try common.apply()
    let progress = ProgressDisplay(context, isQuiet: common.quiet)
    defer { progress.finish() }
    let address = try EngineAddress(to)
    let key = apiKey ?? context.environment["SPARROW_ENGINE_KEY"]
    let engine = try address.makeEngine(credentials: key.map { .apiKey($0) })
    // An engine that does not answer is told before a model is loaded.
    _ = try AsyncWork { try await engine.status() }.wait()
    let source = try documents.open(context, progress)
    let cache = try self.cache.open()
    let encoder = try model.load(context)
    context.warnUnlessDotProduct(encoder)
    let space = try model.space(context)
    var input = try PushInput(
      source, encoder: self.cache.encoder(encoder, in: space, cache),
      options: model.encoding.options(),
      fields: fields?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) })
    guard !input.isEmpty else {
      throw CommandError(.invalidData, "The input has no documents, so there is nothing to push.")
    }
    let job = PushJob(
      engine: engine, schema: EngineSchema(dimension: encoder.dimension, fields: input.fields),
      identity: PushState.Identity(
        target: address.description, input: inputIdentity, space: space.identity),
      existing: append ? .append : replace ? .replace : .refuse, stateFile: stateFile,
      errorFile: errors.map { URL(fileURLWithPath: $0) }, maximumRefusedCount: maxErrors)
    if dryRun {
      try rehearse(job, &input, address, context)
    } else {
      let report = try push(job, &input, total: source.count, address, context, progress)
      progress.finish()
      cache?.report(context)
      try report.write(context, isJSON: common.json, errorFile: errors)
    }
    try AsyncWork { try await engine.close() }.wait()
  }

  /// Encodes on this thread while others load; says how to go on when the work ends early.
  private func push(
    _ job: PushJob, _ input: inout PushInput, total: Int?, _ address: EngineAddress,
    _ context: CommandContext, _ progress: ProgressDisplay
  ) throws -> PushReport {
    let start = ContinuousClock.now
    let state = try AsyncWork { try await job.prepare() }.wait()
    try input.skip(state.doneCount)
    let pipe = DocumentPipe()
    let loading = AsyncWork {
      try await job.load(from: pipe, after: state) { count in
        progress.show(
          ProgressUpdate(
            activity: "Pushing documents", completed: count, total: total, unit: "documents"))
      }
    }
    do {
      var window = try input.nextWindow()
      while !window.isEmpty, try pipe.send(window) { window = try input.nextWindow() }
      pipe.finish()
      let report = try loading.wait()
      return PushReport(
        address: address, report, pushedBefore: state.doneCount, repeated: input.repetition,
        since: start)
    } catch {
      loading.cancel()
      _ = try? loading.wait()
      progress.finish()
      if let stateFile, FileManager.default.fileExists(atPath: stateFile.path) {
        context.note("The same command goes on where this one ended (\(stateFile.path)).")
      }
      throw error
    }
  }

  /// Reads everything, and tells what would be done.
  private func rehearse(
    _ job: PushJob, _ input: inout PushInput, _ address: EngineAddress, _ context: CommandContext
  ) throws {
    let exists = try AsyncWork { try await job.collectionExists() }.wait()
    try input.skip(.max)
    let count = input.readCount - input.repetition.count
    let fields = input.fields.keys.sorted()
    guard !common.json else {
      return try context.print([
        "target": .string(address.description), "collection_exists": .bool(exists),
        "documents": .integer(Int64(count)), "repeated": .integer(Int64(input.repetition.count)),
        "dimensions": .integer(Int64(job.schema.dimension)),
        "fields": .array(fields.map { .string($0) }),
      ])
    }
    let named = fields.isEmpty ? "none" : fields.joined(separator: ", ")
    try context.print(
      "\(NumberText.count(count, "documents")) would go to \(address), which \(exists ? "is there already" : "would be created"); fields to filter by: \(named)"
    )
  }

  /// The file that says how far the push has come; nil when the input cannot be read again.
  private var stateFile: URL? {
    if let state { return URL(fileURLWithPath: state) }
    guard !documents.isStandardInput else { return nil }
    let input = documents.input ?? documents.collection ?? ""
    return URL(fileURLWithPath: input + ".push")
  }

  /// The input by name, size and time of change.
  private var inputIdentity: String {
    guard !documents.isStandardInput else { return "standard input" }
    let path = documents.input ?? documents.collection ?? ""
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    let date = attributes?[.modificationDate] as? Date ?? .distantPast
    return "\(path), \(attributes?[.size] as? Int ?? 0) bytes, changed \(date.ISO8601Format())"
  }
}

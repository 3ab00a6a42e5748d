import ArgumentParser
import Foundation
import SparrowCore
import SparrowData
import SparrowTraining

/// `sparrow vocabulary expand`: gives a model dimensions for a domain's words.
struct VocabularyExpandCommand: ContextualCommand {
  static let configuration = CommandConfiguration(
    commandName: "expand",
    abstract: "Add a domain's words to tokenizer, embeddings and output layer.",
    usage: """
      sparrow vocabulary expand --model <dir> --collection <dir> --output <dir> [<options>]
      sparrow vocabulary expand --model <dir> --input <file> --output <dir> [<options>]
      """,
    discussion: """
      Counts the words that the model's tokenizer breaks into pieces, and adds those that would save \
      most tokens. Each new row starts as the mean of the word's pieces; train the model on the \
      domain afterwards.

      EXAMPLES:
        sparrow vocabulary expand --model .models/splade-tiny --collection medquad --output medical
        sparrow vocabulary expand --model m --input texts.jsonl --count 2000 --min-pieces 3 --output n
      """)

  @Option(help: ArgumentHelp("The folder of a SPLADE model.", valueName: "dir"))
  var model: String

  @Option(
    help: ArgumentHelp("The corpus: a folder in BEIR's layout.", valueName: "dir"))
  var collection: String?

  @Option(
    help: ArgumentHelp("The corpus: a file of texts or JSON lines with 'text'.", valueName: "file"))
  var input: String?

  @Option(help: ArgumentHelp("Add at most so many words.", valueName: "n"))
  var count = 1000

  @Option(help: ArgumentHelp("Words must be in at least so many texts.", valueName: "n"))
  var minTexts = 5

  @Option(help: ArgumentHelp("Words must fall into at least so many pieces.", valueName: "n"))
  var minPieces = 2

  @Option(help: ArgumentHelp("The folder to write; it must not exist.", valueName: "dir"))
  var output: String

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard (collection == nil) != (input == nil) else {
      throw ValidationError("Give the corpus by either --collection or --input.")
    }
    for (name, value, least) in [
      ("count", count, 1), ("min-texts", minTexts, 1), ("min-pieces", minPieces, 2),
    ] where value < least {
      throw ValidationError("--\(name) must be at least \(least); found \(value).")
    }
  }

  func run(in context: CommandContext) throws {
    try common.apply()
    let progress = ProgressDisplay(context, isQuiet: common.quiet)
    defer { progress.finish() }
    let expansion = try VocabularyExpansion(folder: URL(fileURLWithPath: model))
    var counter = DomainTermCounter(expansion.tokenizer)
    try count(into: &counter, progress.reporter)
    let terms = counter.terms(
      count: count, minimumDocumentCount: minTexts, minimumPieceCount: minPieces)
    try expansion.write(terms, to: URL(fileURLWithPath: output))
    progress.finish()
    if common.json {
      try context.print([
        "output": .string(output),
        "terms": .array(
          terms.map {
            [
              "term": .string($0.text), "pieces": .integer(Int64($0.pieces.count)),
              "occurrences": .integer(Int64($0.occurrenceCount)),
              "texts": .integer(Int64($0.documentCount)),
            ]
          }),
      ])
      return
    }
    let shown = terms.prefix(10).map { "\($0.text) (\(NumberText.count($0.occurrenceCount)))" }
    try context.print("Added \(NumberText.count(terms.count)) terms to \(output):")
    try context.print(shown.joined(separator: ", ") + (terms.count > 10 ? ", …" : ""))
  }

  private func count(
    into counter: inout DomainTermCounter, _ progress: @escaping ProgressReporter
  ) throws {
    if let collection {
      let documents = try BEIRCollection(folder: URL(fileURLWithPath: collection))
        .loadDocuments(progress: progress)
      try counter.add(documents.map(\.content))
      return
    }
    var texts = try TextInput(file: URL(fileURLWithPath: input ?? ""), format: nil)
    while true {
      let window = try texts.nextWindow()
      guard !window.isEmpty else { return }
      try counter.add(window.map(\.text))
    }
  }
}

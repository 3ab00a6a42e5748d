import ArgumentParser
import Foundation
import SparrowCore
import SparrowModels

/// A query and the documents to be sorted for it.
struct DocumentRerankOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The search request.", valueName: "text"))
  var query: String?

  @Option(
    name: [.short, .long],
    help: ArgumentHelp("A file of documents, one a line; - is the input.", valueName: "file"))
  var input: String?

  @Option(help: ArgumentHelp("Show at most so many documents; by default all.", valueName: "n"))
  var top: Int?

  @Argument(help: ArgumentHelp("Documents to sort.", valueName: "document"))
  var texts: [String] = []

  func check() throws {
    guard (input != nil) != !texts.isEmpty else {
      throw ValidationError("Give documents either as words or by --input.")
    }
    if let top, top < 1 { throw ValidationError("--top must be at least 1; found \(top).") }
  }

  /// Sorts the documents and prints them, best first.
  func rerank(
    for query: String, _ encoder: CrossEncoder, isJSON: Bool, _ context: CommandContext,
    _ progress: ProgressDisplay
  ) throws {
    let documents = try load(context)
    let hits = try encoder.rerank(
      query, documents.map(\.text), count: top, progress: progress.reporter)
    progress.finish()
    guard !isJSON else {
      let rows = hits.map { hit -> JSONValue in
        let document = documents[hit.index]
        return [
          "id": .string(document.id), "score": .shortest(hit.score),
          "text": .string(document.text),
        ]
      }
      return try context.print(["query": .string(query), "hits": .array(rows)])
    }
    for (position, hit) in hits.enumerated() {
      let document = documents[hit.index]
      let score = NumberText.fixed(Double(hit.score), 4)
      try context.print(
        "\(position + 1). \(score)  \(context.style.dim(document.id))  \(ExplanationReport.shortened(document.text, to: 76))"
      )
    }
  }

  private func load(_ context: CommandContext) throws -> [InputText] {
    var source: TextInput
    switch input {
    case nil: source = TextInput(texts: texts)
    case "-": source = TextInput(lines: context.standardInputLines, format: nil)
    case let path?: source = try TextInput(file: URL(fileURLWithPath: path), format: nil)
    }
    var documents: [InputText] = []
    while case let window = try source.nextWindow(), !window.isEmpty { documents += window }
    return documents
  }
}

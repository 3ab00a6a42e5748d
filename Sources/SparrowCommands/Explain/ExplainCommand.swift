import ArgumentParser
import SparrowCore
import SparrowModels
import SparrowRetrieval

/// `sparrow explain`: what a model makes of a text, and why a document matches a query.
struct ExplainCommand: ContextualCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show the terms a model gives a text, and the terms that make a document match.",
    usage: "sparrow explain --model <dir> --query <text> [--document <text> ...] [<options>]",
    discussion: """
      For the query, and for each document, the terms with their weights: those that are in the text, \
      and those that the model added (marked +). For each document the terms that it shares with the \
      query, their weights on both sides, and what part of the score each one makes.

      EXAMPLES:
        sparrow explain --model .models/splade-tiny --query "wireless router"
        sparrow explain --model .models/splade-tiny --query "wireless router" \\
          --document "Setting up wifi at home" --document "A history of wood carving"
      """)

  @OptionGroup var model: ModelOptions

  @Option(help: ArgumentHelp("The search request.", valueName: "text"))
  var query: String

  @Option(help: ArgumentHelp("A document to compare with; may be repeated.", valueName: "text"))
  var document: [String] = []

  @Option(help: ArgumentHelp("Show at most so many terms; 0 shows all.", valueName: "n"))
  var top = 20

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard top >= 0 else { throw ValidationError("--top must be 0 or more; found \(top).") }
  }

  func run(in context: CommandContext) throws {
    try common.apply()
    let encoder = try model.load(context)
    let options = model.encoding.options()
    let query = try TextExplanation(query, role: .query, encoder, options)
    let documents = try document.map { try TextExplanation($0, role: .document, encoder, options) }
    let retriever = try Retriever(
      encoder: encoder,
      documents: document.enumerated().map {
        Document(id: DocumentID(String($0.offset + 1)), text: $0.element)
      }, options: options)
    let matches = try document.indices.map { position in
      try retriever.explain(self.query, document: DocumentID(String(position + 1)))
    }
    if common.json {
      try context.print(json(query, Array(zip(documents, matches))))
    } else {
      let report = ExplanationReport(style: context.style, top: top == 0 ? Int.max : top)
      try context.output.write(report.text(query, Array(zip(documents, matches))))
    }
  }

  private func json(
    _ query: TextExplanation, _ documents: [(TextExplanation, RetrievedDocument)]
  ) -> JSONValue {
    let documents = documents.map { explanation, match in
      var object = explanation.json
      object["score"] = .number(match.score)
      object["matching_terms"] = .array(match.terms.map(\.json))
      return JSONValue.object(object)
    }
    return ["query": .object(query.json), "documents": .array(documents)]
  }
}

extension MatchingTerm {
  /// The term as JSON, in explanations and in search results.
  var json: JSONValue {
    [
      "term": .string(term), "index": .integer(Int64(index)),
      "query_weight": .shortest(queryWeight), "document_weight": .shortest(documentWeight),
      "product": .number(product), "share": .number(share),
    ]
  }
}

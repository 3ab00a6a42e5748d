import ArgumentParser
import Foundation
import SparrowCore
import SparrowModels

/// `sparrow encode`: texts in, sparse vectors out.
struct EncodeCommand: ContextualCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode",
    abstract: "Turn texts into sparse vectors.",
    discussion: """
      Writes one line a text, {"id":"…","indices":[…],"values":[…]}, indices ascending. With --terms \
      the line names the terms instead, heaviest first.

      Lines of input are objects {"_id", "title"?, "text"}, of which title and text are joined by a \
      space, or plain text, whose id is the number of its line. A .jsonl file holds objects and a \
      .txt file plain text; of other files and of the standard input the first line tells. Memory \
      stays bounded whatever the length of the input, and an output file appears only when it is \
      complete.

      EXAMPLES:
        sparrow encode --model .models/splade-tiny --terms "wireless router"
        sparrow encode --model .models/splade-tiny --role document \\
          --input corpus.jsonl --output vectors.jsonl
        cut -f2 queries.tsv | sparrow encode --model .models/splade-tiny --role query --input -
      """)

  @OptionGroup var model: ModelOptions

  @Option(help: "Which side of retrieval the texts are on; by default neither.")
  var role: TextRole?

  @Option(help: ArgumentHelp("A file of texts; - is the standard input.", valueName: "file"))
  var input: String?

  @Option(help: ArgumentHelp("What the lines of the input are.", valueName: "format"))
  var inputFormat: TextInput.Format?

  @Option(help: ArgumentHelp("Write to a file instead of standard output.", valueName: "file"))
  var output: String?

  @Flag(help: "Write terms with weights instead of numbers.")
  var terms = false

  @OptionGroup var cache: CacheOptions
  @OptionGroup var common: CommonOptions

  @Argument(help: ArgumentHelp("Texts to encode.", valueName: "text"))
  var texts: [String] = []

  func validate() throws {
    guard texts.isEmpty == (input != nil) else {
      throw ValidationError(
        texts.isEmpty
          ? "There is nothing to encode. Give texts, or a file with --input, or --input - to read the standard input."
          : "Give either texts or --input, not both.")
    }
  }

  func run(in context: CommandContext) throws {
    try common.apply()
    var source = try makeInput(context)
    let cache = try self.cache.open()
    let encoder = try model.load(context)
    let cached = try self.cache.encoder(encoder, in: model.space(context), cache)
    let progress = ProgressDisplay(context, isQuiet: common.quiet)
    defer { progress.finish() }
    try OutputFile.write(to: output, context) { sink in
      var done = 0
      while true {
        let window = try source.nextWindow()
        if window.isEmpty { break }
        let vectors = try encode(
          window.map(\.text), cached, progress.reporter(base: done, total: source.count))
        try sink.write(lines(window.map(\.id), vectors, encoder))
        done += window.count
      }
    }
    progress.finish()
    cache?.report(context)
    if let first = source.emptyTexts.first {
      let count = source.emptyTexts.count
      context.warn(
        count == 1
          ? "The text '\(first)' is empty; its vector is that of the special tokens alone."
          : "\(NumberText.count(count)) texts are empty, the first is '\(first)'; their vectors are those of the special tokens alone."
      )
    }
  }

  private func makeInput(_ context: CommandContext) throws -> TextInput {
    guard let input else { return TextInput(texts: texts) }
    guard input == "-" else {
      return try TextInput(file: URL(fileURLWithPath: input), format: inputFormat)
    }
    return TextInput(lines: context.standardInputLines, format: inputFormat)
  }

  private func encode(
    _ texts: [String], _ encoder: any SparseEncoding, _ progress: @escaping ProgressReporter
  ) throws -> SparseMatrix {
    let options = model.encoding.options(progress)
    guard let role else { return try encoder.encode(texts, options: options) }
    return try encoder.encode(texts, role: role, options: options)
  }

  private func lines(
    _ ids: [String], _ vectors: SparseMatrix, _ encoder: SparseEncoder
  ) -> [UInt8] {
    guard terms else { return VectorLines.numbers(ids, vectors) }
    var output: [UInt8] = []
    for (row, id) in ids.enumerated() {
      let terms = encoder.decode(vectors[row])
      let line = common.json ? VectorLines.termObject(id, terms) : VectorLines.terms(id, terms)
      output.append(contentsOf: line.utf8)
    }
    return output
  }
}

extension TextInput.Format: ExpressibleByArgument {}

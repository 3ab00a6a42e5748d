import ArgumentParser
import Foundation
import SparrowCore
import SparrowModelFiles
import SparrowModels
import SparrowNN
import SparrowTensor

/// `sparrow convert`: saves any model that can be loaded in the current layout.
struct ConvertCommand: ContextualCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Save a model in the layout of Sentence Transformers 6.",
    usage: "sparrow convert --model <dir> --output <dir> [<options>]",
    discussion: """
      Reads any model folder that Sparrow can load, a Hugging Face masked-LM model or an older \
      Sentence Transformers layout, and writes it so that both Sparrow and Sentence Transformers \
      load it as a sparse encoder, or as a cross-encoder when it has a classification head. --max-length \
      and --max-active become the model's own limits.

      EXAMPLES:
        sparrow convert --model .models/splade-tiny --output splade-tiny-v6
        sparrow convert --model old-model --max-length 256 --output new-model
      """)

  @OptionGroup var model: ModelOptions

  @Option(help: ArgumentHelp("The folder to write, new or empty.", valueName: "dir"))
  var output: String

  @Flag(help: "Write into a folder that has files; those of a model are replaced.")
  var force = false

  @OptionGroup var common: CommonOptions

  func run(in context: CommandContext) throws {
    let folder = URL(fileURLWithPath: output)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    guard names.isEmpty || force else {
      throw CommandError(
        .usage, "The folder has files. Name a new one, or add --force to replace its model.",
        at: FileLocation(path: folder.path))
    }
    let places = NamedFolders(context)
    if case let source = try places.model(model.model), try CrossEncoder.recognizes(source) {
      return try convert(model.encoding.loadCrossEncoder(source, context), to: folder, context)
    }
    let encoder = try model.load(context)
    if let limit = model.encoding.maxActive { encoder.settings.maxActiveDimensions = limit }
    try encoder.save(to: folder)
    let parameterCount = encoder.parameters.reduce(0) { $0 + $1.tensor.count }
    if common.json {
      try context.print([
        "output": .string(output), "dimension": .integer(Int64(encoder.dimension)),
        "parameter_count": .integer(Int64(parameterCount)),
        "max_length": encoder.maximumLength.map { .integer(Int64($0)) } ?? .null,
      ])
    } else {
      try context.print(
        "Saved \(model.model) to \(output): \(NumberText.count(parameterCount)) parameters, \(NumberText.count(encoder.dimension)) terms."
      )
    }
  }

  private func convert(
    _ encoder: CrossEncoder, to folder: URL, _ context: CommandContext
  ) throws {
    try encoder.save(to: folder)
    let parameterCount = encoder.namedParameters.reduce(0) { $0 + $1.parameter.tensor.count }
    if common.json {
      try context.print([
        "output": .string(output), "labels": .integer(Int64(encoder.classifier.labelCount)),
        "parameter_count": .integer(Int64(parameterCount)),
        "max_length": encoder.maximumLength.map { .integer(Int64($0)) } ?? .null,
      ])
    } else {
      try context.print(
        "Saved \(model.model) to \(output): a cross-encoder of \(NumberText.count(parameterCount)) parameters."
      )
    }
  }
}

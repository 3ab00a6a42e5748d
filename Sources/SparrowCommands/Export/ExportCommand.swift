import ArgumentParser
import Foundation
import SparrowCore
import SparrowExport

/// `sparrow export`: writes models for other runtimes.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a model for another runtime.",
    subcommands: [ExportONNXCommand.self])
}

/// `sparrow export onnx`: token ids in, weights or vectors out.
struct ExportONNXCommand: ContextualCommand {
  static let configuration = CommandConfiguration(
    commandName: "onnx",
    abstract: "Write a model as an ONNX file: token ids in, weights or vectors out.",
    discussion: """
      The inputs are input_ids and attention_mask, int64 [batch, sequence]. The output is float32 \
      [batch, dimension], pooling included: sparse_embedding of SPLADE and CSR models and of the \
      document side of inference-free ones, sentence_embedding of dense encoders, logits of \
      cross-encoders. All architectures that Sparrow knows; operator set 17. Constants above 1.9 GB \
      go into a file beside the model.

      EXAMPLES:
        sparrow export onnx --model .models/splade-tiny --output splade.onnx
        sparrow export onnx --model naver/splade-v3 --precision int8 --output splade-v3.onnx
      """)

  @Option(help: ArgumentHelp("A model folder, or owner/name on the Hub.", valueName: "dir"))
  var model: String

  @Option(help: ArgumentHelp("The file to write.", valueName: "file"))
  var output: String

  @Option(help: "The number format of the weights.")
  var precision: ONNXPrecision = .float32

  @OptionGroup var common: CommonOptions

  func run(in context: CommandContext) throws {
    let progress = ProgressDisplay(context, isQuiet: common.quiet)
    defer { progress.finish() }
    let folder = try NamedFolders(context, progress: progress.reporter).model(model)
    guard FileManager.default.fileExists(atPath: folder.path) else {
      throw CommandError(
        .missing, "There is no model folder here.", at: FileLocation(path: folder.path))
    }
    var options = ONNXOptions()
    options.precision = precision
    let summary = try ONNXExporter(folder: folder, options: options).write(
      to: URL(fileURLWithPath: output))
    progress.finish()
    if common.json {
      try context.print([
        "output": .string(output), "output_name": .string(summary.output.rawValue),
        "dimension": .integer(Int64(summary.dimension)),
        "max_length": .integer(Int64(summary.maximumLength)),
        "bytes": .integer(Int64(summary.byteCount)),
        "external_data": summary.externalFileName.map { .string($0) } ?? .null,
      ])
    } else {
      let beside = summary.externalFileName.map { " with \($0) beside it" } ?? ""
      try context.print(
        "Wrote \(output)\(beside): \(NumberText.bytes(UInt64(summary.byteCount))) of weights; \(summary.output.rawValue) has \(NumberText.count(summary.dimension)) columns."
      )
    }
  }
}

import ArgumentParser
import Foundation
import SparrowCore
import SparrowModelFiles
import SparrowModels
import SparrowRetrieval

/// The options of commands that run a model.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A model folder, of Sentence Transformers or Hugging Face, or owner/name[@revision] on the Hub.",
      valueName: "dir"))
  var model: String

  @OptionGroup var encoding: EncodingArguments

  func validate() throws {
    guard model != BM25Options.modelName else {
      throw ValidationError(
        "'bm25' is fitted to a collection; it works with evaluate, search and index build only.")
    }
  }

  /// Loads the model and tells what looks wrong in its folder.
  func load(_ context: CommandContext) throws -> SparseEncoder {
    try encoding.loadEncoder(model, context)
  }

  /// The space of the model's vectors.
  func space(_ context: CommandContext) throws -> VectorSpace {
    try encoding.space(of: NamedFolders(context).model(model))
  }
}

/// How a model is made to encode.
struct EncodingArguments: ParsableArguments {
  @Option(help: "The number format of the computation.")
  var precision: ComputePrecision = .float32

  @Option(
    help: ArgumentHelp(
      "Cut texts at so many tokens; by default the model's own limit.", valueName: "n"))
  var maxLength: Int?

  @Option(
    help: ArgumentHelp(
      "Keep at most so many weights a text, the largest; by default all.", valueName: "n"))
  var maxActive: Int?

  func validate() throws {
    if let maxLength, maxLength < 1 {
      throw ValidationError("--max-length must be at least 1; found \(maxLength).")
    }
    if let maxActive, maxActive < 1 {
      throw ValidationError("--max-active must be at least 1; found \(maxActive).")
    }
  }

  /// Whether no option was given.
  var isStandard: Bool { precision == .float32 && maxLength == nil && maxActive == nil }

  /// Loads the model that is named and applies the options.
  func loadEncoder(_ name: String, _ context: CommandContext) throws -> SparseEncoder {
    let display = ProgressDisplay(context)
    let folder = try NamedFolders(context, progress: display.reporter).model(name)
    display.finish()
    let encoder = try SparseEncoder(folder: folder)
    for warning in encoder.warnings { context.warn("\(name): \(warning)") }
    encoder.precision = precision
    if let maxLength { encoder.maximumLength = maxLength }
    return encoder
  }

  /// Loads a folder that holds a cross-encoder.
  func loadCrossEncoder(_ folder: URL, _ context: CommandContext) throws -> CrossEncoder {
    let encoder = try CrossEncoder(folder: folder)
    for warning in encoder.warnings { context.warn("\(folder.relativePath): \(warning)") }
    encoder.precision = precision
    if let maxLength { encoder.maximumLength = maxLength }
    return encoder
  }

  /// Loads a folder that lists stages and pools its states into dense vectors at the end; nil for any
  /// other folder.
  func loadDenseEncoder(_ path: String, _ context: CommandContext) throws -> DenseEncoder? {
    let folder = URL(fileURLWithPath: path)
    guard let last = try ModuleList.stages(of: folder)?.last,
      [.pooling, .normalize, .dense].contains(last.kind)
    else { return nil }
    let encoder = try DenseEncoder(folder: folder)
    for warning in encoder.warnings { context.warn("\(path): \(warning)") }
    encoder.precision = precision
    if let maxLength { encoder.maximumLength = maxLength }
    return encoder
  }

  /// The space of the vectors that the model in a folder gives with these options.
  func space(of folder: URL, reusing known: VectorSpace? = nil) throws -> VectorSpace {
    try VectorSpace.model(
      in: folder, precision: precision, maximumLength: maxLength,
      maximumActiveDimensions: maxActive, reusing: known)
  }

  /// The options of one call.
  func options(_ progress: ProgressReporter? = nil) -> EncodingOptions {
    EncodingOptions(maxActiveDimensions: maxActive, progress: progress)
  }
}

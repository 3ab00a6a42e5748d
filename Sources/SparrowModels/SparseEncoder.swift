public import Foundation
public import SparrowCore
public import SparrowModelFiles
public import SparrowNN
import SparrowText

/// A learned sparse encoder: text in, a weight for each vocabulary entry out, most of them zero.
///
/// Loads and saves the folders of Sentence Transformers (v5 and v6) and plain Hugging Face folders of
/// masked-LM models. Not `Sendable`: one task owns an encoder.
///
/// ```swift
/// let encoder = try SparseEncoder(folder: URL(fileURLWithPath: ".models/splade-tiny"))
/// let documents = try encoder.encodeDocuments(["The quick brown fox", "A guide to routers"])
/// let query = try encoder.encodeQueries(["wireless router"])
/// print(try encoder.similarity(query, documents))
/// print(encoder.decode(query[0], count: 5).map(\.term))
/// ```
public final class SparseEncoder {
  /// Prompts, similarity and the limit of active dimensions, as saved with the model.
  public var settings: SentenceTransformersSettings
  /// Transformer and head.
  public let model: SpladeModel
  /// The number format of inference; the default is float32, the reference's numbers.
  public var precision: ComputePrecision = .float32
  /// What the folder had that looks wrong without being an error, in full sentences.
  public private(set) var warnings: [String] = []

  /// Loads a model folder.
  ///
  /// - Parameters:
  ///   - folder: a Sentence Transformers folder, or a Hugging Face folder of a masked-LM model.
  ///   - initializesHead: creates a fresh masked-LM head when the weights have none, to start
  ///     training from a plain encoder; by default that is an error.
  /// - Throws: ``ModelError`` and errors of the files, saying what is missing or broken, and where.
  public init(folder: URL, initializesHead: Bool = false) throws {
    var isFolder: ObjCBool = false
    let exists = unsafe FileManager.default.fileExists(
      atPath: folder.path, isDirectory: &isFolder)
    guard exists, isFolder.boolValue else {
      throw ModelError(
        .missing,
        exists
          ? "Expected a folder with a model, found a file."
          : "There is no model folder here. Give the path of a folder with config.json, model.safetensors and tokenizer.json; `make setup` fetches the demo model into .models/splade-tiny.",
        at: FileLocation(path: folder.path))
    }
    settings = try SentenceTransformersSettings(folder: folder)
    let layout = try SpladeLayout(folder: folder)
    model = try SpladeModel(
      folder: layout.transformerFolder, pooling: layout.pooling,
      stageSettings: layout.stageSettings, initializesHead: initializesHead)
    for name in model.leftOverNames {
      warnings.append(
        "The weights have a tensor '\(name)' that a \(model.transformer.encoder.configuration.layerCount)-layer BERT masked-LM model has no use for; it is ignored."
      )
    }
    for name in model.registry.initializedNames {
      warnings.append("The weights have no tensor '\(name)'; it starts from fresh values.")
    }
  }

  /// All parameters, under the names of the model (`bert.embeddings…`).
  public var parameters: [Parameter] { model.registry.parameters }

  /// The longest text in tokens; longer ones are cut at the end.
  public var maximumLength: Int? {
    get { model.maximumLength }
    set { model.maximumLength = newValue }
  }
}

extension SparseEncoder: SparseEncoding {
  /// The size of the vocabulary, `V`.
  public var dimension: Int { model.dimension }

  /// The token a dimension stands for; word pieces that continue a word begin with `##`.
  public func term(_ index: TokenID) -> String? { model.tokenizer.vocabulary[index] }
}

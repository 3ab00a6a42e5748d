import Foundation
public import SparrowCore
import SparrowModelFiles
public import SparrowNN
public import SparrowTensor
public import SparrowText

/// A masked-LM transformer with the SPLADE head: tokens in, weights over the vocabulary out.
public final class SpladeModel {
  /// Turns text into tokens.
  public let tokenizer: Tokenizer
  /// Encoder and masked-LM head.
  public let transformer: BertMaskedLanguageModel
  /// Output layer and pooling.
  public var pooling: SpladePooling
  /// The longest text in tokens, special tokens counted; longer ones are cut, none when nil.
  public var maximumLength: Int?

  /// All parameters in order of creation.
  public let registry: ParameterRegistry
  /// Names in the weight files that the model has no use for.
  public let leftOverNames: [String]
  /// The content of `config.json`, to be saved again.
  let configuration: JSONObject

  /// Loads transformer and tokenizer from a folder.
  ///
  /// - Parameters:
  ///   - folder: holds `config.json`, the weights and the tokenizer's files.
  ///   - pooling: the head.
  ///   - stageSettings: the stage's `sentence_bert_config.json`, empty when there is none.
  ///   - initializesHead: creates a fresh masked-LM head when the weights have none.
  /// - Throws: ``ModelError``, `ModuleError`, `TensorError`, `TextError` or `CoreError` saying what
  ///   is missing or broken, and where.
  init(
    folder: URL, pooling: SpladePooling, stageSettings: JSONObject, initializesHead: Bool
  ) throws {
    let configurationURL = folder.appendingPathComponent("config.json")
    guard let object = try JSONValue(contentsOf: configurationURL).object else {
      throw ModelError(
        .invalidConfiguration, "Expected an object.",
        at: FileLocation(path: configurationURL.path))
    }
    let kind = object["model_type"]?.string ?? "bert"
    guard kind == "bert" else {
      throw ModelError(
        .unsupported, "The architecture '\(kind)' is not known; known ones: bert.",
        at: FileLocation(path: configurationURL.path, item: "model_type"))
    }
    let bert = try BertConfiguration(object, path: configurationURL.path)
    let weights = try WeightFiles(folder: folder, basePrefix: "bert")
    registry = ParameterRegistry(source: weights)
    transformer = try BertMaskedLanguageModel(
      ParameterScope(registry), bert, initializesHead: initializesHead)
    leftOverNames = weights.leftOverNames
    configuration = object
    self.pooling = pooling
    tokenizer = try Tokenizer(folder: folder)
    guard tokenizer.vocabulary.count <= bert.vocabularySize else {
      throw ModelError(
        .invalidConfiguration,
        "The tokenizer has \(tokenizer.vocabulary.count) tokens and the model only \(bert.vocabularySize) rows for them; they belong to different models.",
        at: FileLocation(path: folder.path))
    }
    if let length = stageSettings["max_seq_length"]?.int {
      maximumLength = length
    } else if let length = tokenizer.maximumLength {
      maximumLength = min(length, bert.maximumPositionCount)
    } else {
      maximumLength = bert.maximumPositionCount
    }
  }

  /// The size of the vocabulary, `V`.
  public var dimension: Int { transformer.encoder.configuration.vocabularySize }

  /// Weights over the vocabulary, `[B, V]` float32, recorded when gradients are on.
  ///
  /// - Parameters:
  ///   - batch: the texts' tokens.
  ///   - precision: the number format of the computation.
  ///   - dropout: the random stream of a training step; nil drops nothing.
  /// - Returns: weights, never below 0.
  /// - Throws: ``ModelError`` when a text has more tokens than the model has positions.
  public func callAsFunction(
    _ batch: TokenBatch, precision: ComputePrecision, dropout: DropoutStream? = nil
  ) throws -> Tensor {
    let longest = transformer.encoder.configuration.maximumPositionCount
    guard batch.longestTextCount <= longest else {
      throw ModelError(
        .invalidArgument,
        "A text has \(batch.longestTextCount) tokens and the model positions for only \(longest); set a maximum length of at most \(longest)."
      )
    }
    let tokens = try PackedTokens(batch)
    guard tokens.tokenCount > 0 else { return try Tensor.zeros([batch.textCount, dimension]) }
    let states = try transformer(tokens, precision: precision, dropout: dropout)  // [T, D]
    return try pooling(
      states, weight: transformer.decoderWeight.tensor, bias: transformer.decoderBias.tensor,
      cumulativeLengths: tokens.cumulativeLengths)
  }

  /// Weights over the vocabulary as sparse rows, without recording.
  public func encode(_ batch: TokenBatch, precision: ComputePrecision) throws -> SparseMatrix {
    let weights = try withoutGradients { try self(batch, precision: precision) }  // [B, V]
    return try weights.sparseRows()
  }
}

public import Foundation
import SparrowCore
public import SparrowModelFiles
public import SparrowNN
public import SparrowTensor
public import SparrowText

/// A transformer whose hidden states are pooled into one dense vector a text.
public final class DenseModel {
  /// What may follow the pooling.
  public enum Step {
    /// Scales each vector to length 1.
    case normalize
    /// Maps each vector to another size.
    case layer(DenseLayer)
  }

  /// Tokenizer and weights.
  public let transformerStage: TransformerStage
  /// The encoder.
  public let transformer: any TransformerEncoder
  /// What makes one vector of a text's hidden states.
  public var pooling: Pooling
  /// What follows the pooling, in order.
  public let steps: [Step]

  /// Loads a folder.
  ///
  /// - Parameter folder: a Sentence Transformers folder of a dense encoder, or a Hugging Face folder of
  ///   an encoder, whose states are then averaged.
  /// - Throws: `ModelError` and errors of the files, saying what is missing or broken, and where.
  public convenience init(folder: URL) throws {
    var loader = ModelLoader(folder: folder)
    let loaded = try loader.loadDense()
    self.init(
      stage: loaded.transformerStage, transformer: loaded.transformer, pooling: loaded.pooling,
      steps: loaded.steps)
  }

  /// Puts the parts together.
  init(
    stage: TransformerStage, transformer: any TransformerEncoder, pooling: Pooling, steps: [Step]
  ) {
    self.transformerStage = stage
    self.transformer = transformer
    self.pooling = pooling
    self.steps = steps
  }

  /// Turns texts into tokens.
  public var tokenizer: Tokenizer { transformerStage.tokenizer }

  /// The size of the vectors.
  public var dimension: Int {
    var dimension = pooling.dimension
    for case .layer(let layer) in steps { dimension = layer.dimension }
    return dimension
  }

  /// The shortest length by which vectors are divided, as in the reference.
  private static let shortestLength = 1e-12

  /// The dense vectors of texts, `[B, D]` float32, recorded when gradients are on.
  ///
  /// - Parameters:
  ///   - batch: the texts' tokens.
  ///   - promptTokenCount: how many tokens of each text belong to a prompt.
  ///   - precision: the number format of the transformer's computation.
  ///   - dropout: the random stream of a training step; nil drops nothing.
  /// - Returns: one row for each text.
  /// - Throws: `ModelError` when a text has more tokens than the model has positions.
  public func callAsFunction(
    _ batch: TokenBatch, promptTokenCount: Int = 0, precision: ComputePrecision,
    dropout: DropoutStream? = nil
  ) throws -> Tensor {
    try transformerStage.check(batch)
    guard batch.tokenCount > 0 else { return try Tensor.zeros([batch.textCount, dimension]) }
    let tokens = try PackedTokens(batch, roundsUp: precision.roundsRowCounts)
    let states = try transformer(tokens, precision: precision, dropout: dropout)  // [R, D]
    var vectors = try pooling(
      states, offsets: tokens.offsets, promptTokenCount: promptTokenCount)  // [B, D]
    for step in steps {
      switch step {
      case .normalize:
        let lengths = try vectors.norm(1, keepsDimensions: true)
        vectors = try vectors / lengths.clamped(minimum: Self.shortestLength)
      case .layer(let layer): vectors = try layer(vectors)
      }
    }
    return vectors
  }

  /// The stages in order, as the list of modules names them.
  public var stages: [ModelStage] {
    [transformerStage.stage(.featureExtraction), pooling.stage] + steps.map(\.stage)
  }

  /// How many tokens of a text belong to a prompt that stands before it: those of the prompt alone
  /// with the special tokens before it, not those after it.
  public func promptTokenCount(_ prompt: String) -> Int {
    guard !prompt.isEmpty else { return 0 }
    let encoding = tokenizer.encode(prompt)
    let trailing = encoding.specialTokensMask.reversed().prefix { $0 }.count
    return encoding.count - trailing
  }
}

extension DenseModel.Step {
  /// The stage for a list of modules.
  var stage: ModelStage {
    switch self {
    case .layer(let layer): layer.stage
    case .normalize:
      ModelStage(kind: .normalize) { folder in
        let configuration: JSONValue = [
          "module_input_name": "sentence_embedding", "module_output_name": "sentence_embedding",
        ]
        try AtomicFile.write(
          configuration.data(JSONFormat(indent: 4)),
          to: folder.appendingPathComponent("config.json"))
      }
    }
  }
}

public import Foundation
public import SparrowCore
public import SparrowModelFiles
public import SparrowNN
public import SparrowTensor
public import SparrowText

/// A masked-LM transformer with the SPLADE head: tokens in, weights over the vocabulary out.
public final class SpladeModel: SparseModel {
  /// Tokenizer and weights.
  public let transformerStage: TransformerStage
  /// Encoder and masked-LM head.
  public let transformer: any MaskedLanguageModel
  /// Output layer and pooling.
  public var pooling: SpladePooling

  /// What encoding screens the output layer with, and the revisions of weight and bias it was made of.
  private var screen: (screen: SpladeScreen, revisions: [Int])?

  /// Loads a masked-LM model from a folder, to put a SPLADE head on it.
  ///
  /// - Parameters:
  ///   - folder: holds `config.json`, the weights and the tokenizer's files.
  ///   - pooling: the head, SPLADE v2's by default.
  ///   - initializesHead: creates a fresh masked-LM head when the weights have none; by default that
  ///     is an error.
  /// - Throws: `ModelError` and errors of the files, saying what is missing or broken, and where.
  public convenience init(
    folder: URL, pooling: SpladePooling = SpladePooling(), initializesHead: Bool = false
  ) throws {
    let stage = try TransformerStage(folder: folder)
    try self.init(
      stage: stage,
      transformer: stage.family.makeMaskedLanguageModel(
        stage.scope, initializesHead: initializesHead),
      pooling: pooling)
  }

  /// Puts a head on a transformer.
  init(
    stage: TransformerStage, transformer: any MaskedLanguageModel, pooling: SpladePooling
  ) {
    self.transformerStage = stage
    self.transformer = transformer
    self.pooling = pooling
  }

  /// Turns text into tokens.
  public var tokenizer: Tokenizer { transformerStage.tokenizer }

  /// The longest text in tokens, special tokens counted, beyond which it is cut; nil cuts none.
  public var maximumLength: Int? {
    get { transformerStage.maximumLength }
    set { transformerStage.maximumLength = newValue }
  }

  /// The size of the vocabulary, `V`.
  public var dimension: Int { transformer.vocabularySize }

  /// What looks wrong in the transformer's folder.
  public var warnings: [String] { transformerStage.warnings }

  /// Transformer and head.
  public var stages: [ModelStage] {
    let (pooling, dimension) = (pooling, dimension)
    return [
      transformerStage.stage(.fillMask),
      ModelStage(kind: .spladePooling) { folder in
        try AtomicFile.write(
          pooling.configuration(dimension: dimension).data(JSONFormat(indent: 4)),
          to: folder.appendingPathComponent("config.json"))
      },
    ]
  }

  /// How texts become tokens: with special tokens, cut at the maximum length.
  public func tokenizationOptions(task: String?) -> TokenizationOptions {
    transformerStage.tokenizationOptions(task: task)
  }

  /// Weights over the vocabulary, `[B, V]` float32, recorded when gradients are on.
  ///
  /// - Parameters:
  ///   - batch: the texts' tokens.
  ///   - precision: the number format of the computation.
  ///   - dropout: the random stream of a training step; nil drops nothing.
  /// - Returns: weights, never below 0.
  /// - Throws: `ModelError` when a text has more tokens than the model has positions.
  public func callAsFunction(
    _ batch: TokenBatch, precision: ComputePrecision, dropout: DropoutStream? = nil
  ) throws -> Tensor {
    try transformerStage.check(batch)
    guard batch.tokenCount > 0 else { return try Tensor.zeros([batch.textCount, dimension]) }
    let tokens = try PackedTokens(batch, roundsUp: precision.roundsRowCounts)
    let states = try transformer(tokens, precision: precision, dropout: dropout)  // [T, D]
    return try pooling(
      states, weight: transformer.decoderWeight.tensor, bias: transformer.decoderBias?.tensor,
      cumulativeLengths: tokens.cumulativeLengths)
  }

  /// The weights of several columns in one packed pass.
  public func forward(
    _ columns: [TokenBatch], precision: ComputePrecision, dropout: DropoutStream?
  ) throws -> [Tensor] {
    var all = TokenBatch()
    for column in columns { all.append(contentsOf: column) }
    let weights = try self(all, precision: precision, dropout: dropout)  // [ΣB, V]
    return try weights.split(rowCounts: columns.map(\.textCount))
  }

  /// Weights over the vocabulary as sparse rows, without recording.
  public func encode(_ batch: TokenBatch, options: InferenceOptions) throws -> SparseMatrix {
    try transformerStage.check(batch)
    guard batch.tokenCount > 0 else {
      return SparseMatrix(
        uncheckedColumnCount: dimension,
        rowOffsets: [Int](repeating: 0, count: batch.textCount + 1), indices: [], values: [])
    }
    let rows = try withoutGradients {
      let tokens = try PackedTokens(batch, roundsUp: options.precision.roundsRowCounts)
      return try pooling.sparseRows(
        transformer(tokens, precision: options.precision, dropout: nil),
        weight: transformer.decoderWeight.tensor, bias: transformer.decoderBias?.tensor,
        screen: currentScreen(), cumulativeLengths: tokens.cumulativeLengths)
    }
    return options.maxActiveDimensions.map(rows.keepingLargest) ?? rows
  }

  /// The screen of the output layer as it is now.
  private func currentScreen() throws(TensorError) -> SpladeScreen {
    let weight = transformer.decoderWeight
    let revisions = [weight.revision, transformer.decoderBias?.revision ?? 0]
    if let screen, screen.revisions == revisions { return screen.screen }
    let made = try SpladeScreen(weight: weight.tensor, bias: transformer.decoderBias?.tensor)
    screen = (made, revisions)
    return made
  }
}

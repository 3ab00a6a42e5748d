public import SparrowCore
public import SparrowModelFiles
public import SparrowNN
public import SparrowTensor
public import SparrowText

/// A dense encoder with a sparse autoencoder behind it: contrastive sparse representation (CSR).
///
/// Its vectors have a fixed number of active dimensions and can be searched like SPLADE's, but the
/// dimensions are learned latents without names: nothing can be explained by terms.
/// Source: Wen et al. 2025 (arXiv 2503.01776).
///
/// ```swift
/// let dense = try DenseModel(folder: URL(fileURLWithPath: ".models/all-MiniLM-L6-v2"))
/// var shape = SparseAutoEncoderConfiguration.standard(inputDimension: dense.dimension)
/// shape.activeCount = 32
/// let encoder = SparseEncoder(CSRModel(dense: dense, autoEncoder: try SparseAutoEncoder(shape)))
/// ```
public final class CSRModel: SparseModel {
  /// The encoder of dense vectors.
  public let dense: DenseModel
  /// What makes them sparse.
  public let autoEncoder: SparseAutoEncoder

  /// Puts an autoencoder behind a dense encoder of the same size.
  ///
  /// - Throws: `ModelError.Code.invalidArgument` when the sizes differ.
  public init(dense: DenseModel, autoEncoder: SparseAutoEncoder) throws(ModelError) {
    guard dense.dimension == autoEncoder.configuration.inputDimension else {
      throw ModelError(
        .invalidArgument,
        "The autoencoder is for vectors of size \(autoEncoder.configuration.inputDimension), and the encoder gives \(dense.dimension)."
      )
    }
    self.dense = dense
    self.autoEncoder = autoEncoder
  }

  /// Turns texts into tokens.
  public var tokenizer: Tokenizer { dense.tokenizer }

  /// The longest text in tokens, special tokens counted, beyond which it is cut; nil cuts none.
  public var maximumLength: Int? {
    get { dense.transformerStage.maximumLength }
    set { dense.transformerStage.maximumLength = newValue }
  }

  /// The number of latents.
  public var dimension: Int { autoEncoder.configuration.latentCount }

  /// What looks wrong in the transformer's folder, and a dense encoder too small for the purpose.
  public var warnings: [String] {
    guard dense.dimension < Self.smallestUsefulDimension else {
      return dense.transformerStage.warnings
    }
    return dense.transformerStage.warnings + [
      "The dense encoder gives \(dense.dimension) dimensions; sparse latents pay from \(Self.smallestUsefulDimension) dimensions on. Take a larger encoder, or a SPLADE model."
    ]
  }

  /// Dense vectors of fewer dimensions are small enough as they are.
  private static let smallestUsefulDimension = 256

  /// The dense encoder's stages and the autoencoder.
  public var stages: [ModelStage] { dense.stages + [autoEncoder.stage] }

  /// Latents have no names.
  public func term(_ index: TokenID) -> String? { nil }

  /// How texts become tokens: with special tokens, cut at the maximum length.
  public func tokenizationOptions(task: String?) -> TokenizationOptions {
    dense.transformerStage.tokenizationOptions(task: task)
  }

  /// How many tokens of a text belong to a prompt that stands before it.
  public func promptTokenCount(_ prompt: String) -> Int { dense.promptTokenCount(prompt) }

  /// The sparse vectors of several columns, each column by itself.
  public func forward(
    _ columns: [TokenBatch], precision: ComputePrecision, dropout: DropoutStream?
  ) throws -> [Tensor] {
    try columns.map { column in
      try autoEncoder(dense(column, precision: precision, dropout: dropout))
    }
  }

  /// The sparse vectors of a column and all that training an autoencoder needs besides.
  ///
  /// Each column is a pass of its own, since the counters of silent latents depend on it.
  ///
  /// - Throws: `ModelError` when a text has more tokens than the model has positions, or there are
  ///   too few latents to train with.
  public func reconstruct(
    _ column: TokenBatch, precision: ComputePrecision, dropout: DropoutStream? = nil
  ) throws -> SparseAutoEncoder.Reconstruction {
    try autoEncoder.reconstruct(dense(column, precision: precision, dropout: dropout))
  }

  /// The sparse vectors of texts as rows, without recording; a limit replaces the autoencoder's own
  /// number of active latents.
  public func encode(_ batch: TokenBatch, options: InferenceOptions) throws -> SparseMatrix {
    let latents = try withoutGradients {
      let vectors = try dense(
        batch, promptTokenCount: options.promptTokenCount, precision: options.precision)
      return try autoEncoder(vectors, activeCount: options.maxActiveDimensions)  // [B, latents]
    }
    return try latents.sparseRows()
  }
}

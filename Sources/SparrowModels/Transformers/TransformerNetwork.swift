public import SparrowNN
public import SparrowTensor

/// What all transformers have in common, whatever their family and head.
public protocol TransformerNetwork: AnyObject {
  /// Rows of the word table, `V`.
  var vocabularySize: Int { get }
  /// The longest text in tokens.
  var maximumTokenCount: Int { get }
  /// The number of layers.
  var layerCount: Int { get }
}

/// A transformer without a head: packed tokens in, one hidden state for each token out.
public protocol TransformerEncoder: TransformerNetwork {
  /// Width of the hidden states, `D`.
  var hiddenSize: Int { get }
  /// The word table, `[V, D]`, which a masked-LM head may share.
  var wordTable: Parameter { get }

  /// The hidden states of the last layer, `[R, D]`, in the given precision: one for each row.
  ///
  /// Nothing is dropped when `dropout` is nil.
  func callAsFunction(
    _ tokens: PackedTokens, precision: ComputePrecision, dropout: DropoutStream?
  ) throws(TensorError) -> Tensor
}

/// A transformer with a masked-LM head, whose last multiplication is left to the caller.
///
/// Logits are `states · decoderWeightᵀ + decoderBias`; `SpladePooling` never stores them. The one
/// conformer is ``MaskedLanguageHead`` over the encoder of any family.
public protocol MaskedLanguageModel: TransformerNetwork {
  /// The kind of encoder below the head.
  associatedtype Encoder: TransformerEncoder

  /// The encoder below the head.
  var encoder: Encoder { get }
  /// The output layer, `[V, D]`.
  var decoderWeight: Parameter { get }
  /// The bias of the output layer, `[V]`; nil when it has none.
  var decoderBias: Parameter? { get }

  /// The states that the output layer multiplies, `[T, D]`.
  ///
  /// Nothing is dropped when `dropout` is nil.
  func callAsFunction(
    _ tokens: PackedTokens, precision: ComputePrecision, dropout: DropoutStream?
  ) throws(TensorError) -> Tensor
}

extension MaskedLanguageModel {
  /// Rows of the word table, `V`.
  public var vocabularySize: Int { encoder.vocabularySize }
  /// The longest text in tokens.
  public var maximumTokenCount: Int { encoder.maximumTokenCount }
  /// The number of layers.
  public var layerCount: Int { encoder.layerCount }
}

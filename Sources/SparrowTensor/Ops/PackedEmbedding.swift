import CTorchShim

/// The tables and the norm at the input of a BERT encoder.
public struct EmbeddingTables {
  /// One row for each token of the vocabulary, `[V, D]`.
  public var word: Tensor
  /// One row for each position.
  public var position: Tensor
  /// One row for each segment, nil for models without segments.
  public var type: Tensor?
  /// The scale of the norm, `[D]`.
  public var normWeight: Tensor
  /// The shift of the norm, `[D]`.
  public var normBias: Tensor
  /// Added to the variance.
  public var epsilon: Double

  /// Gathers tables and norm.
  public init(
    word: Tensor, position: Tensor, type: Tensor?, normWeight: Tensor, normBias: Tensor,
    epsilon: Double
  ) {
    self.word = word
    self.position = position
    self.type = type
    self.normWeight = normWeight
    self.normBias = normBias
    self.epsilon = epsilon
  }

  /// `dropout(LN(word[tokenIDs] + position[positions] + type[typeIDs]))`, in one pass.
  ///
  /// The gradients of float32 tables are added in place, to the rows that were used.
  ///
  /// - Parameters:
  ///   - tokenIDs: rows of the word table, `[T]` int32.
  ///   - positions: rows of the position table, `[T]`.
  ///   - typeIDs: rows of the type table, `[T]`; without it, or without the table, no type is added.
  ///   - dtype: the type of the result, float32 or bfloat16.
  ///   - dropout: which elements are dropped; nil drops none.
  /// - Returns: `[T, D]`.
  /// - Throws: ``TensorError`` when an index lies outside its table or shapes do not fit.
  public func lookUp(
    tokenIDs: Tensor, positions: Tensor, typeIDs: Tensor?, dtype: DType,
    dropout: DropoutMask? = nil
  ) throws(TensorError) -> Tensor {
    let segments = type == nil ? nil : typeIDs
    let segmentTable = typeIDs == nil ? nil : type
    return try produce {
      spw_packed_embedding(
        word.handle, position.handle, handle(segmentTable), tokenIDs.handle, positions.handle,
        handle(segments), normWeight.handle, normBias.handle, epsilon, dropout?.probability ?? 0,
        dropout?.seed ?? 0, dropout?.place ?? 0, dtype.rawValue, $0)
    }
  }
}

public import SparrowTensor
public import SparrowText

/// The tensors of a batch of texts laid end to end, without padding.
public struct PackedTokens {
  /// Token ids, int32 `[T]`.
  public let tokenIDs: Tensor
  /// The position of each token in its text, int32 `[T]`.
  public let positions: Tensor
  /// The segment of each token, int32 `[T]`.
  public let typeIDs: Tensor
  /// Where each text begins, and at the end `T`; int32 `[B + 1]`.
  public let cumulativeLengths: Tensor
  /// The same as numbers.
  public let offsets: [Int]

  /// Makes the tensors of a batch.
  public init(_ batch: TokenBatch) throws(TensorError) {
    tokenIDs = try Tensor(batch.tokenIDs)
    positions = try Tensor(batch.positions)
    typeIDs = try Tensor(batch.typeIDs)
    cumulativeLengths = try Tensor(batch.cumulativeLengths)
    offsets = batch.cumulativeLengths.map(Int.init)
  }

  /// The number of texts, `B`.
  public var textCount: Int { offsets.count - 1 }
  /// The number of tokens, `T`.
  public var tokenCount: Int { offsets.last ?? 0 }
}

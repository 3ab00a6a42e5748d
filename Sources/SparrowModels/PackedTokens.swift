import SparrowCore
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

  private let batch: TokenBatch

  /// Makes the tensors of a batch.
  public init(_ batch: TokenBatch) throws(TensorError) {
    tokenIDs = try Tensor(batch.tokenIDs)
    positions = try Tensor(batch.positions)
    typeIDs = try Tensor(batch.typeIDs)
    cumulativeLengths = try Tensor(batch.cumulativeLengths)
    offsets = batch.cumulativeLengths.map(Int.init)
    self.batch = batch
  }

  /// The number of texts, `B`.
  public var textCount: Int { offsets.count - 1 }
  /// The number of tokens of the longest text.
  public var longestTextCount: Int { batch.longestTextCount }
  /// The number of tokens, `T`.
  public var tokenCount: Int { offsets.last ?? 0 }

  /// Positions as RoBERTa counts them, int32 `[T]`: the tokens of a text have the numbers after the
  /// padding token's id in turn, and a padding token in the text has its id and does not count.
  func positions(afterPadding paddingID: Int) throws(TensorError) -> Tensor {
    var positions: [Int32] = []
    positions.reserveCapacity(tokenCount)
    for text in 0..<textCount {
      var last = Int32(paddingID)
      for id in batch.tokenIDs[batch.range(ofText: text)] {
        if Int(id) == paddingID {
          positions.append(Int32(paddingID))
        } else {
          last += 1
          positions.append(last)
        }
      }
    }
    return try Tensor(positions)
  }

  /// The rows that `transform` makes of each text's rows, put together again.
  func mapTexts(
    _ transform: (Range<Int>) throws(TensorError) -> Tensor
  ) throws(TensorError) -> Tensor {
    var results: [Tensor] = []
    for (start, end) in zip(offsets, offsets.dropFirst()) where end > start {
      results.append(try transform(start..<end))
    }
    return try Tensor.concatenated(results)
  }
}

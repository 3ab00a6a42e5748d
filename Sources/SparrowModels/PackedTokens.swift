import SparrowCore
public import SparrowTensor
public import SparrowText

/// The tensors of a batch of texts laid end to end, without padding.
///
/// libtorch compiles its products of bfloat16 matrices for each number of rows and keeps them. So that
/// a few numbers serve all batches, rows may be added behind the last text, up to a round number: one
/// sequence more, a sixteenth of the rows at the most, whose states nothing reads. `withoutTail(_:)`
/// takes them off.
public struct PackedTokens {
  /// Token ids, int32 `[R]`.
  public let tokenIDs: Tensor
  /// The position of each token in its text, int32 `[R]`.
  public let positions: Tensor
  /// The segment of each token, int32 `[R]`.
  public let typeIDs: Tensor
  /// Where each text begins, and at the end `T`; int32 `[B + 1]`.
  public let cumulativeLengths: Tensor
  /// The same as numbers.
  public let offsets: [Int]
  /// Where each sequence begins, the tail counted as one, and at the end `R`; int32.
  public let sequenceLengths: Tensor
  /// The number of rows, `R`: the tokens and the tail.
  public let rowCount: Int

  private let batch: TokenBatch

  /// Makes the tensors of a batch.
  ///
  /// - Parameters:
  ///   - batch: the texts' tokens.
  ///   - roundsUp: adds rows up to a round number; none by default.
  /// - Throws: `TensorError` when there is no memory.
  public init(_ batch: TokenBatch, roundsUp: Bool = false) throws(TensorError) {
    let tokenCount = batch.tokenIDs.count
    rowCount = roundsUp ? Self.roundedRowCount(tokenCount) : tokenCount
    let tail = [Int32](repeating: 0, count: rowCount - tokenCount)
    tokenIDs = try Tensor(batch.tokenIDs + tail)
    positions = try Tensor(batch.positions + tail)
    typeIDs = try Tensor(batch.typeIDs + tail)
    cumulativeLengths = try Tensor(batch.cumulativeLengths)
    offsets = batch.cumulativeLengths.map(Int.init)
    sequenceLengths =
      tail.isEmpty
      ? cumulativeLengths : try Tensor(batch.cumulativeLengths + [Int32(rowCount)])
    self.batch = batch
  }

  /// The number of texts, `B`.
  public var textCount: Int { offsets.count - 1 }
  /// The number of tokens of the longest sequence.
  public var longestSequenceCount: Int { max(batch.longestTextCount, rowCount - tokenCount) }
  /// The number of tokens, `T`.
  public var tokenCount: Int { offsets.last ?? 0 }

  /// The states of tokens, `[T, D]`, of the states of all rows, `[R, D]`.
  func withoutTail(_ states: Tensor) throws(TensorError) -> Tensor {
    rowCount == tokenCount ? states : try states.narrowed(0, 0..<tokenCount)
  }

  /// The next multiple of a sixteenth of the largest power of two below a count, at least of 16.
  static func roundedRowCount(_ count: Int) -> Int {
    guard count > 0 else { return 0 }
    let power = 1 << (Int.bitWidth - 1 - count.leadingZeroBitCount)
    let step = max(16, power / 16)
    return (count + step - 1) / step * step
  }

  /// Positions as RoBERTa counts them, int32 `[R]`: the tokens of a text have the numbers after the
  /// padding token's id in turn, and a padding token in the text has its id and does not count.
  func positions(afterPadding paddingID: Int) throws(TensorError) -> Tensor {
    var positions: [Int32] = []
    positions.reserveCapacity(rowCount)
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
    positions += [Int32](repeating: Int32(paddingID), count: rowCount - tokenCount)
    return try Tensor(positions)
  }

  /// The rows that `transform` makes of each sequence's rows, put together again.
  func mapSequences(
    _ transform: (Range<Int>) throws(TensorError) -> Tensor
  ) throws(TensorError) -> Tensor {
    var results: [Tensor] = []
    for (start, end) in zip(offsets, offsets.dropFirst() + [rowCount]) where end > start {
      results.append(try transform(start..<end))
    }
    return try Tensor.concatenated(results)
  }
}

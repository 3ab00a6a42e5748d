import SparrowNN
import SparrowTensor

/// Attention in which a token sees only its neighbours, computed block by block, so that a long text
/// costs time and memory in proportion to its length.
struct WindowedAttention {
  /// How scores become a context.
  let attention: ScoredAttention
  /// How many neighbours on each side a token sees.
  let windowSize: Int

  /// Queries that are computed together.
  private static let blockSize = 128

  /// The context of one text's tokens, `[L, heads · width]`.
  func callAsFunction(
    query: Tensor, key: Tensor, value: Tensor, dropout: DropoutStream?
  ) throws(TensorError) -> Tensor {
    let length = query.shape[0]
    var blocks: [Tensor] = []
    for start in stride(from: 0, to: length, by: Self.blockSize) {
      let queries = start..<min(start + Self.blockSize, length)
      let keys = max(0, start - windowSize)..<min(queries.upperBound + windowSize, length)
      blocks.append(
        try attention(
          query: query.narrowed(0, queries), key: key.narrowed(0, keys),
          value: value.narrowed(0, keys), addition: mask(queries, keys), dropout: dropout))
    }
    return try Tensor.concatenated(blocks)
  }

  /// 0 for pairs that see each other and minus infinity for others, `[1, queries, keys]`.
  private func mask(_ queries: Range<Int>, _ keys: Range<Int>) throws(TensorError) -> Tensor {
    var elements: [Float] = []
    elements.reserveCapacity(queries.count * keys.count)
    for query in queries {
      for key in keys { elements.append(abs(query - key) <= windowSize ? 0 : -.infinity) }
    }
    return try Tensor(elements, shape: [1, queries.count, keys.count])
  }
}

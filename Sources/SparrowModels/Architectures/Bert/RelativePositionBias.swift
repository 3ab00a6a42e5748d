import SparrowModelFiles
import SparrowNN
import SparrowTensor

/// A learned number for each head and each distance between two tokens, added to attention scores.
///
/// Distances share numbers in buckets (`RelativePositionBuckets`). Reference: MPNet.
final class RelativePositionBias {
  private let table: Embedding

  /// Creates the table `relative_attention_bias.weight`, `[buckets, heads]`.
  init(_ scope: ParameterScope, bucketCount: Int, headCount: Int) throws {
    table = try Embedding(
      scope.child("relative_attention_bias"), rows: bucketCount, width: headCount)
  }

  /// The numbers of all pairs of up to `length` positions, `[heads, length, length]` float32; those of a
  /// shorter text stand in the upper left corner.
  func callAsFunction(length: Int) throws(TensorError) -> Tensor {
    let byDistance = (-length...length).map { distance in
      Int32(RelativePositionBuckets.bucket(ofDistance: distance))
    }
    var buckets: [Int32] = []
    buckets.reserveCapacity(length * length)
    for query in 0..<length {
      for key in 0..<length { buckets.append(byDistance[key - query + length]) }
    }
    let rows = try table.weight.tensor.embedding(Tensor(buckets))  // [L · L, heads]
    return try rows.reshaped([length, length, rows.shape[1]]).permuted([2, 0, 1])
  }
}

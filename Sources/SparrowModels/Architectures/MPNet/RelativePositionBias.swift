import Foundation
import SparrowNN
import SparrowTensor

/// A learned number for each head and each distance between two tokens, added to attention scores.
///
/// Distances share numbers in buckets: exact up to 8 tokens each way, then wider and wider, and one for
/// everything from 128 tokens on. Source: Raffel et al. 2019 (arXiv 1910.10683); reference: MPNet.
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
    let byDistance = (-length...length).map { Int32(Self.bucket(ofDistance: $0)) }
    var buckets: [Int32] = []
    buckets.reserveCapacity(length * length)
    for query in 0..<length {
      for key in 0..<length { buckets.append(byDistance[key - query + length]) }
    }
    let rows = try table.weight.tensor.embedding(Tensor(buckets))  // [L · L, heads]
    return try rows.reshaped([length, length, rows.shape[1]]).permuted([2, 0, 1])
  }

  /// Buckets that the reference uses, whatever the table's size.
  private static let usedBucketCount = 32
  private static let farthestDistance = 128

  /// The bucket of the distance `key - query`.
  static func bucket(ofDistance distance: Int) -> Int {
    let halfCount = usedBucketCount / 2
    let exactCount = halfCount / 2
    let base = distance > 0 ? halfCount : 0
    let steps = abs(distance)
    if steps < exactCount { return base + steps }
    let share =
      Foundation.log(Float(steps) / Float(exactCount))
      / Float(Foundation.log(Double(farthestDistance) / Double(exactCount)))
    let wide = exactCount + Int(share * Float(halfCount - exactCount))
    return base + min(wide, halfCount - 1)
  }
}

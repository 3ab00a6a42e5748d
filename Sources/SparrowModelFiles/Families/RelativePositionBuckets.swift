import Foundation

/// Which of the learned numbers of relative positions belongs to a distance between two tokens.
///
/// Buckets are exact up to 8 tokens each way, then wider and wider, and one is for everything from 128
/// tokens on. Source: Raffel et al. 2019 (arXiv 1910.10683); reference: MPNet.
package enum RelativePositionBuckets {
  /// Buckets that the reference uses, whatever the table's size.
  private static let usedBucketCount = 32
  private static let farthestDistance = 128

  /// The bucket of the distance `key - query`.
  package static func bucket(ofDistance distance: Int) -> Int {
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

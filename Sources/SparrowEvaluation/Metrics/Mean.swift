/// The arithmetic mean, 0 of no numbers.
///
/// Numbers are added as ``pairwiseSum(_:)`` does.
package func mean(_ values: [Double]) -> Double {
  values.isEmpty ? 0 : pairwiseSum(values[...]) / Double(values.count)
}

/// The sum of numbers, added in numpy's order (eight partial sums in blocks of at most 128, halves above).
///
/// So published metrics agree to the last digit; it also loses less to rounding than adding one by one.
func pairwiseSum(_ values: ArraySlice<Double>) -> Double {
  let blockCount = 128
  if values.count < 8 { return values.reduce(0, +) }
  if values.count > blockCount {
    let half = values.startIndex + values.count / 2 / 8 * 8
    return pairwiseSum(values[..<half]) + pairwiseSum(values[half...])
  }
  var sums = Array(values.prefix(8))
  let aligned = values.startIndex + values.count / 8 * 8
  var start = values.startIndex + 8
  while start < aligned {
    for lane in 0..<8 { sums[lane] += values[start + lane] }
    start += 8
  }
  let total =
    ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))
  return values[aligned...].reduce(total, +)
}

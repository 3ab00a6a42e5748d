/// How two lists of equally many numbers vary together.
enum Correlation {
  /// Pearson's coefficient, -1 to 1; not a number when either list is constant or has fewer than two
  /// numbers.
  static func pearson(_ left: [Double], _ right: [Double]) -> Double {
    let leftMean = mean(left)
    let rightMean = mean(right)
    let leftDeviations = left.map { $0 - leftMean }
    let rightDeviations = right.map { $0 - rightMean }
    let leftNorm = pairwiseSum(leftDeviations.map { $0 * $0 }[...]).squareRoot()
    let rightNorm = pairwiseSum(rightDeviations.map { $0 * $0 }[...]).squareRoot()
    guard leftNorm > 0, rightNorm > 0 else { return .nan }
    let products = zip(leftDeviations, rightDeviations).map {
      ($0 / leftNorm) * ($1 / rightNorm)
    }
    return min(max(pairwiseSum(products[...]), -1), 1)
  }

  /// Spearman's coefficient: Pearson's of the ranks.
  static func spearman(_ left: [Double], _ right: [Double]) -> Double {
    pearson(ranks(left), ranks(right))
  }

  /// The rank of each number from 1; equal numbers share the mean of their ranks.
  static func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var result = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      for position in start..<end { result[order[position]] = Double(start + end + 1) / 2 }
      start = end
    }
    return result
  }
}

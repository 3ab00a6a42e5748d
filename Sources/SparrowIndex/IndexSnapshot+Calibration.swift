public import SparrowCore

extension IndexSnapshot {
  /// Finds the cheapest approximate search that reaches a recall on given queries.
  ///
  /// - Parameters:
  ///   - queries: queries like those that will be asked; nil takes up to 200 documents of the
  ///     index, cut to their 24 largest weights.
  ///   - minimumRecall: the part of the exact results to be found at least, 0...1; 0.99 by default.
  ///   - count: how many results a query are compared, 1 or more; 10 by default.
  /// - Returns: the settings and the recall that was measured. When nothing less is good enough,
  ///   the remainder factor is 1, which is exact.
  /// - Throws: ``IndexError`` when a query does not fit, a number is out of range, or a file is
  ///   damaged.
  public func calibrate(
    queries: [SparseVector]? = nil, minimumRecall: Double = 0.99, count: Int = 10
  ) throws(IndexError) -> ApproximateCalibration {
    guard (0...1).contains(minimumRecall), count > 0 else {
      throw IndexError(
        .usage,
        "A calibration needs a recall in 0...1 and 1 result or more; found \(minimumRecall) and \(count)."
      )
    }
    let queries = if let queries { queries } else { try sampleQueries() }
    let exact = try search(queries, options: SearchOptions(count: count))
    var calibration = ApproximateCalibration(
      search: ApproximateSearch(remainderFactor: 1), recall: 1, hitCount: count,
      queryCount: queries.count)
    for factor in [0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875] {
      let approximate = ApproximateSearch(remainderFactor: factor)
      let found = try search(
        queries, options: SearchOptions(count: count, mode: .approximate(approximate)))
      let recall = Self.recall(of: found, against: exact)
      if recall >= minimumRecall {
        calibration.search = approximate
        calibration.recall = recall
        break
      }
    }
    return calibration
  }

  /// The part of exact results that was found; a document with the score of the last exact one
  /// counts as found.
  private static func recall(
    of found: [[ScoredDocument]], against exact: [[ScoredDocument]]
  ) -> Double {
    var hitCount = 0
    var total = 0
    for (list, exactList) in zip(found, exact) {
      guard let lowest = exactList.last?.score else { continue }
      hitCount += list.count { $0.score >= lowest }
      total += exactList.count
    }
    return total > 0 ? Double(hitCount) / Double(total) : 1
  }

  /// Documents spread over the index, cut to the length of a query.
  private func sampleQueries() throws(IndexError) -> [SparseVector] {
    let sampleCount = 200
    let queryLength = 24
    let step = max(1, documentCount / sampleCount)
    var queries: [SparseVector] = []
    for view in views {
      for number in stride(from: step / 2, to: view.segment.documentCount, by: step)
      where view.isLive(number) {
        queries.append(try view.segment.vector(of: number).keepingLargest(queryLength))
      }
    }
    return Array(queries.prefix(sampleCount))
  }
}

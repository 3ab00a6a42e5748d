public import SparrowCore

extension IndexSnapshot {
  /// In how many documents each dimension has a weight; dimensions without any are left out.
  ///
  /// It reads every document's vector once.
  ///
  /// - Returns: the dimensions, the most frequent first, of equal ones the lower.
  /// - Throws: ``IndexError`` when a file is damaged or the task is cancelled.
  public func documentFrequencies() throws(IndexError) -> [(dimension: TokenID, count: Int)] {
    var counts = [Int](repeating: 0, count: dimension)
    for view in views {
      for number in view.liveNumbers {
        guard !Task.isCancelled else {
          throw IndexError(.cancelled, "Counting terms was cancelled.")
        }
        for term in try view.segment.vector(of: number).indices { counts[Int(term)] += 1 }
      }
    }
    return counts.indices.filter { counts[$0] > 0 }
      .sorted { counts[$0] != counts[$1] ? counts[$0] > counts[$1] : $0 < $1 }
      .map { (TokenID($0), counts[$0]) }
  }
}

/// Adds up what documents earn in several result lists.
struct FusionTotal {
  /// For each document what it earned in each list, nil in those that lack it.
  private var earningsOfID: [DocumentID: [Double?]] = [:]
  /// For each list what a document earns that it lacks.
  private var absentEarnings: [Double]

  init(listCount: Int) {
    absentEarnings = [Double](repeating: 0, count: listCount)
  }

  /// Notes one list's earnings; documents not in it earn `absent`.
  ///
  /// - Throws: ``CoreError`` when a document is named twice.
  mutating func add(
    list: Int, _ ids: [DocumentID], earnings: [Double], absent: Double = 0
  ) throws(CoreError) {
    let none = [Double?](repeating: nil, count: absentEarnings.count)
    for (id, earning) in zip(ids, earnings) {
      guard earningsOfID[id, default: none][list] == nil else {
        throw CoreError(
          .usage, "A result list to be fused names each document once; found \"\(id)\" twice.")
      }
      earningsOfID[id, default: none][list] = earning
    }
    absentEarnings[list] = absent
  }

  /// The documents with the highest totals, best first.
  func best(_ count: Int) -> [FusedDocument] {
    let all = earningsOfID.map { id, earnings in
      FusedDocument(id: id, contributions: zip(earnings, absentEarnings).map { $0 ?? $1 })
    }
    let order = all.sorted { ScoredDocument.precedes($0.scored, $1.scored) }
    return Array(order.prefix(max(0, count)))
  }
}

/// The weights of the lists of a fusion.
enum FusionWeights {
  /// One weight a list.
  ///
  /// - Throws: ``CoreError`` when the counts differ or a weight is negative or not finite.
  static func resolve(_ weights: [Double]?, listCount: Int) throws(CoreError) -> [Double] {
    guard let weights else { return [Double](repeating: 1, count: listCount) }
    guard weights.count == listCount else {
      throw CoreError(
        .usage, "A fusion needs one weight a list; found \(weights.count) for \(listCount) lists.")
    }
    for weight in weights where !(weight >= 0 && weight.isFinite) {
      throw CoreError(.usage, "Weights of a fusion must be 0 or more; found \(weight).")
    }
    return weights
  }
}

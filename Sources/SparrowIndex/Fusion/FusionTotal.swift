import SparrowCore

/// Adds up what documents earn in several result lists.
struct FusionTotal {
  private var surplusOfID: [DocumentID: Double] = [:]
  private var absentTotal = 0.0

  /// Adds one list's earnings; documents not in it earn `absent`.
  ///
  /// - Throws: ``IndexError`` when a document is named twice.
  mutating func add(
    _ ids: [DocumentID], earnings: [Double], absent: Double
  ) throws(IndexError) {
    var seen: Set<DocumentID> = []
    for (id, earning) in zip(ids, earnings) {
      guard seen.insert(id).inserted else {
        throw IndexError(
          .usage, "A result list to be fused names each document once; found \"\(id)\" twice.")
      }
      surplusOfID[id, default: 0] += earning - absent
    }
    absentTotal += absent
  }

  /// The documents with the highest totals, best first.
  func best(_ count: Int) -> [ScoredDocument] {
    let all = surplusOfID.map { ScoredDocument(id: $0.key, score: $0.value + absentTotal) }
    return Array(all.sorted(by: ScoredDocument.precedes).prefix(max(0, count)))
  }
}

/// The weights of the lists of a fusion.
enum FusionWeights {
  /// One weight a list.
  ///
  /// - Throws: ``IndexError`` when the counts differ or a weight is negative or not finite.
  static func resolve(_ weights: [Double]?, listCount: Int) throws(IndexError) -> [Double] {
    guard let weights else { return [Double](repeating: 1, count: listCount) }
    guard weights.count == listCount else {
      throw IndexError(
        .usage, "A fusion needs one weight a list; found \(weights.count) for \(listCount) lists.")
    }
    for weight in weights where !(weight >= 0 && weight.isFinite) {
      throw IndexError(.usage, "Weights of a fusion must be 0 or more; found \(weight).")
    }
    return weights
  }
}

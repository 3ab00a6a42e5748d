/// How well a threshold on scores tells pairs that belong together from those that do not.
///
/// Thresholds and their midpoints are float32, as the scores are.
struct PairClassification {
  /// A threshold with what it achieves.
  struct BestAccuracy {
    let accuracy: Double
    let threshold: Float
  }

  /// A threshold with what it achieves.
  struct BestF1 {
    var f1 = 0.0
    var precision = 0.0
    var recall = 0.0
    var threshold: Float = 0
  }

  private let scores: [Float]
  private let labels: [Bool]
  private let isDistance: Bool
  /// Positions in order of falling similarity.
  private let order: [Int]

  /// Takes one score and label a pair.
  ///
  /// - Parameters:
  ///   - scores: similarities, or distances of which small ones mean similar.
  ///   - labels: whether each pair belongs together; as many as scores.
  ///   - isDistance: whether small scores mean similar.
  init(scores: [Float], labels: [Bool], isDistance: Bool) {
    precondition(scores.count == labels.count, "One label a score; this is a bug.")
    self.scores = scores
    self.labels = labels
    self.isDistance = isDistance
    order = scores.indices.sorted {
      isDistance ? scores[$0] < scores[$1] : scores[$0] > scores[$1]
    }
  }

  /// The threshold with the most right predictions; of equal ones the one that accepts fewest pairs.
  var bestAccuracy: BestAccuracy {
    guard let first = order.first else { return BestAccuracy(accuracy: 0, threshold: -1) }
    var right = labels.count { !$0 }
    // A threshold beyond the best score accepts no pair.
    var best = (count: right, threshold: isDistance ? scores[first].nextDown : scores[first].nextUp)
    forEachGroup { group, threshold in
      for position in group { right += labels[position] ? 1 : -1 }
      if right > best.count { best = (right, threshold) }
    }
    return BestAccuracy(
      accuracy: Double(best.count) / Double(labels.count), threshold: best.threshold)
  }

  /// The threshold with the best harmonic mean of precision and recall; of equal ones the one that
  /// accepts fewest pairs.
  var bestF1: BestF1 {
    let relevantCount = labels.count { $0 }
    var best = BestF1()
    var accepted = 0
    var hits = 0
    forEachGroup { group, threshold in
      accepted += group.count
      hits += group.count { labels[$0] }
      guard hits > 0 else { return }
      let precision = Double(hits) / Double(accepted)
      let recall = Double(hits) / Double(relevantCount)
      let f1 = 2 * precision * recall / (precision + recall)
      if f1 > best.f1 {
        best = BestF1(f1: f1, precision: precision, recall: recall, threshold: threshold)
      }
    }
    return best
  }

  /// The area under precision over recall, pairs of equal score taken as one group.
  var averagePrecision: Double {
    ScoredRelevance(
      scores: scores.map { isDistance ? -Double($0) : Double($0) }, isRelevant: labels
    ).averagePrecision
  }

  /// Matthews' correlation between labels and predictions, 0 when either is constant.
  func matthewsCorrelation(threshold: Float) -> Double {
    let predictions = scores.map { isDistance ? $0 <= threshold : $0 >= threshold }
    let count = labels.count
    let right = zip(labels, predictions).count { $0 == $1 }
    let labelled = labels.count { $0 }
    let predicted = predictions.count { $0 }
    let covariance =
      right * count - labelled * predicted - (count - labelled) * (count - predicted)
    let labelVariance = 2 * labelled * (count - labelled)
    let predictionVariance = 2 * predicted * (count - predicted)
    guard labelVariance > 0, predictionVariance > 0 else { return 0 }
    return Double(covariance) / (Double(labelVariance) * Double(predictionVariance)).squareRoot()
  }

  /// Calls `body` for each group of equal scores, most similar first, with the threshold that accepts
  /// everything down to it.
  private func forEachGroup(_ body: (ArraySlice<Int>, Float) -> Void) {
    var start = 0
    while start < order.count {
      let score = scores[order[start]]
      var end = start + 1
      while end < order.count, scores[order[end]] == score { end += 1 }
      var threshold = score
      if end < order.count {
        let next = scores[order[end]]
        let middle = (score + next) / 2
        // A middle that was rounded to the next score would accept it, too.
        if middle != next { threshold = middle }
      }
      body(order[start..<end], threshold)
      start = end
    }
  }
}

public import SparrowCore
public import SparrowTensor

/// Order of pairs: of two pairs of texts the one with the higher label must be the more similar
/// (CoSENT).
///
/// With scaled similarities `s` of the first two columns and labels `y`, the loss is
/// `log(1 + Σ exp(s_i - s_j))` over all `i`, `j` with `y_i < y_j`; equal labels form no pair. It is
/// computed from one sort and a running log-sum-exp, in `O(batch log batch)`.
public struct SparseCoSENTLoss: EmbeddingLoss, Sendable {
  /// What similarities are multiplied by, 20 by default.
  public let scale: Double
  /// How the two texts are compared, by cosine unless said otherwise.
  public let similarity: SimilarityFunction

  /// The name in recipes and logs.
  public var name: String { "SparseCoSENTLoss" }
  /// Its settings by the names that recipes use.
  public var options: JSONObject {
    JSONObject([
      ("scale", .number(scale)),
      ("similarity_fct", .string("pairwise_" + similarity.referenceName)),
    ])
  }
  /// Cosine, as in the reference.
  public var impliedSimilarity: SimilarityFunction? { .cosine }
  /// The columns and labels it needs.
  public var requirement: ColumnRequirement {
    ColumnRequirement(from: 2, to: 2, ["text", "text"], label: .score)
  }

  /// Makes the loss.
  ///
  /// - Throws: ``TrainingError/Code/invalidArgument`` when the scale is not positive.
  public init(scale: Double = 20, similarity: SimilarityFunction = .cosine) throws(TrainingError) {
    guard scale > 0, scale.isFinite else {
      throw TrainingError(
        .invalidArgument, "SparseCoSENTLoss needs a scale above 0; found \(scale).")
    }
    self.scale = scale
    self.similarity = similarity
  }

  /// The loss of one batch; see ``EmbeddingLoss/callAsFunction(_:labels:)``.
  public func callAsFunction(_ columns: [Tensor], labels: Tensor?) throws -> Tensor {
    try check(columns, labels: labels)
    let scores = try similarity.pairwise(columns[0], columns[1]) * scale
    let labels = try flatLabels(labels, rows: scores.count)
    return try orderLoss(scores, labels: labels)
  }
}

extension EmbeddingLoss {
  /// `log(1 + Σ exp(s_i - s_j))` over all pairs with a lower label at `i` than at `j`.
  func orderLoss(_ scores: Tensor, labels: Tensor) throws -> Tensor {
    let labels = try labels.values(as: Double.self)
    guard !labels.contains(where: \.isNaN) else {
      throw TrainingError(
        .invalidShape, "\(name) found a label that is not a number (NaN); remove that row.")
    }
    let order = labels.indices.sorted { (labels[$0], $0) < (labels[$1], $1) }
    // For each row with a lower-labelled one: its place, and the last place of a lower label.
    var upperPlaces: [Int64] = []
    var lowerPlaces: [Int64] = []
    var groupStart = 0
    for place in order.indices {
      if place > 0, labels[order[place]] != labels[order[place - 1]] { groupStart = place }
      guard groupStart > 0 else { continue }
      upperPlaces.append(Int64(place))
      lowerPlaces.append(Int64(groupStart - 1))
    }
    guard !upperPlaces.isEmpty else { return try (scores * 0).sum() }
    func indices(_ places: [Int64]) throws -> Tensor { try Tensor(places).to(scores.device) }
    let sorted = try scores.selected(indices(order.map(Int64.init)))
    let running = try sorted.cumulativeLogSumExp(along: 0)
    let pairs = try running.selected(indices(lowerPlaces)) - sorted.selected(indices(upperPlaces))
    let one = try Tensor.zeros([1], dtype: scores.dtype).to(scores.device)
    return try Tensor.concatenated([one, pairs]).logSumExp(0)
  }
}

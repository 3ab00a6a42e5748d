public import SparrowCore
public import SparrowTensor

/// An anchor must be closer to its positive than to its negative by a margin: the mean of
/// `max(0, d(anchor, positive) - d(anchor, negative) + margin)`.
public struct SparseTripletLoss: EmbeddingLoss, Sendable {
  /// How far apart two vectors are.
  public enum Distance: String, Sendable, Hashable, CaseIterable {
    /// `‖a - b‖₂`; its gradient at 0 is 0.
    case euclidean = "EUCLIDEAN"
    /// `Σ |a - b|`.
    case manhattan = "MANHATTAN"
    /// `1 - cos`.
    case cosine = "COSINE"
  }

  /// How far apart two vectors are, the Euclidean distance by default.
  public let distance: Distance
  /// The least difference of the two distances, 5 by default.
  public let margin: Double

  /// The name in recipes and logs.
  public var name: String { "SparseTripletLoss" }
  /// Its settings by the names that recipes use.
  public var options: JSONObject {
    JSONObject([
      ("distance_metric", .string(distance.rawValue)), ("triplet_margin", .number(margin)),
    ])
  }
  /// The columns and labels it needs.
  public var requirement: ColumnRequirement {
    ColumnRequirement(from: 3, to: 3, ["anchor", "positive", "negative"], label: .none)
  }

  /// Makes the loss.
  public init(distance: Distance = .euclidean, margin: Double = 5) {
    self.distance = distance
    self.margin = margin
  }

  /// The loss of one batch; see ``EmbeddingLoss/callAsFunction(_:labels:)``.
  public func callAsFunction(_ columns: [Tensor], labels: Tensor?) throws -> Tensor {
    try check(columns, labels: labels)
    let near = try measure(columns[0], columns[1])
    let far = try measure(columns[0], columns[2])
    return try (near - far + margin).relu().mean()
  }

  private func measure(_ left: Tensor, _ right: Tensor) throws -> Tensor {
    switch distance {
    case .euclidean: return try (left - right).norm(1)
    case .manhattan: return try (left - right).absolute().sum(1)
    case .cosine:
      let cosine = try (left.normalizedRows() * right.normalizedRows()).sum(1)
      return try cosine.negated() + 1
    }
  }
}

/// How many requests may be under way: one more after each full round that went well, half as many
/// when the engine asks for fewer.
struct AdaptiveConcurrency: Sendable, Hashable {
  private let maximum: Int
  private var exact: Double

  init(maximum: Int) {
    self.maximum = max(1, maximum)
    exact = Double(self.maximum)
  }

  /// How many requests may be under way now, 1 or more.
  var limit: Int { Int(exact) }

  mutating func succeeded() { exact = min(Double(maximum), exact + 1 / exact) }
  mutating func throttled() { exact = max(1, exact / 2) }
}

public import SparrowCore

/// The numbers that an evaluation found, in the order in which the reference lists them.
///
/// ```swift
/// let result = try evaluator.evaluate(encoder)
/// print(result.primaryKey, result.primaryValue)
/// for (key, value) in result.metrics { print(key, value) }
/// ```
public struct EvaluationResult: Sendable, Hashable {
  /// A number with its key.
  public struct Metric: Sendable, Hashable {
    /// The key, for example `scifact_dot_ndcg@10`.
    public let key: String
    /// The number.
    public let value: Double
  }

  /// All numbers.
  public private(set) var metrics: [Metric] = []
  /// The key of the number to optimise; a higher one is better.
  public internal(set) var primaryKey: String

  /// Makes a result.
  ///
  /// - Parameters:
  ///   - name: put before every key, with `_`, unless it is empty.
  ///   - metrics: keys without the name, and numbers.
  ///   - primaryKey: the key, without the name, of the number to optimise.
  init(name: String, metrics: [(String, Double)], primaryKey: String) {
    let prefix = name.isEmpty ? "" : name + "_"
    self.primaryKey = prefix + primaryKey
    for (key, value) in metrics { set(prefix + key, to: value) }
  }

  /// A number by its key, nil when there is none.
  public subscript(key: String) -> Double? { metrics.first { $0.key == key }?.value }

  /// The number to optimise, not a number when the key does not exist.
  public var primaryValue: Double { self[primaryKey] ?? .nan }

  /// The numbers as a JSON object in order.
  public var json: JSONValue {
    .object(JSONObject(metrics.map { ($0.key, .number($0.value)) }))
  }

  /// Replaces the number of a key, or appends it.
  mutating func set(_ key: String, to value: Double) {
    let metric = Metric(key: key, value: value)
    if let position = metrics.firstIndex(where: { $0.key == key }) {
      metrics[position] = metric
    } else {
      metrics.append(metric)
    }
  }
}

extension Sparsity {
  /// The two numbers as metrics, `{prefix}active_dims` and `{prefix}sparsity_ratio`.
  func metrics(prefix: String = "") -> [(String, Double)] {
    [("\(prefix)active_dims", activeDimensions), ("\(prefix)sparsity_ratio", sparsityRatio)]
  }
}

public import SparrowCore

/// Stops training when evaluations no longer get better.
public final class EarlyStopping: TrainingCallback {
  private let patience: Int
  private let threshold: Double
  private var withoutProgressCount = 0

  /// Makes a callback.
  ///
  /// - Parameters:
  ///   - patience: evaluations without progress after which training stops.
  ///   - threshold: by how much the metric must be better than the best one so far.
  public init(patience: Int, threshold: Double = 0) {
    self.patience = patience
    self.threshold = threshold
  }

  /// Counts evaluations without progress.
  public func receive(_ event: TrainingEvent, _ control: TrainingControl) {
    guard case .evaluation(let metrics) = event, let key = control.bestMetricKey,
      let value = metrics[key]?.double
    else { return }
    let gain = control.state.bestMetric.map { best in
      control.prefersGreaterMetric ? value - best : best - value
    }
    if gain.map({ $0 > threshold }) ?? true {
      withoutProgressCount = 0
    } else {
      withoutProgressCount += 1
    }
    if withoutProgressCount >= patience { control.shouldStop = true }
  }

  /// The number of evaluations without progress.
  public var savedState: JSONValue {
    ["early_stopping_patience_counter": .integer(Int64(withoutProgressCount))]
  }

  /// Continues counting.
  public func restore(_ savedState: JSONValue) {
    withoutProgressCount = savedState["early_stopping_patience_counter"]?.int ?? 0
  }
}

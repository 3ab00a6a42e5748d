import SparrowCore

/// A loss whose regulariser weights rise during a run.
public protocol RegularizedLoss: WrappingLoss {
  /// What the weights are multiplied by.
  var weightFactor: Double { get set }
  /// The documents' weight as it is now.
  var documentWeight: Double { get }
  /// The queries' weight as it is now, nil when queries are left alone.
  var queryWeight: Double? { get }
}

extension SpladeLoss: RegularizedLoss {}

/// Raises the weights of regularisers step by step, and adds them to log lines.
public final class RegularizerWeightCallback: TrainingCallback {
  private let losses: [any RegularizedLoss]
  private let schedule: RegularizerWeightSchedule

  /// Makes a callback for some losses.
  public init(_ losses: [any RegularizedLoss], schedule: RegularizerWeightSchedule) {
    self.losses = losses
    self.schedule = schedule
  }

  /// Sets the weights at the beginning of every step; after training they keep their last values.
  public func receive(_ event: TrainingEvent, _ control: TrainingControl) {
    switch event {
    case .begin, .stepBegin:
      let factor = schedule.factor(
        step: control.state.step, totalSteps: control.state.totalSteps)
      for loss in losses { loss.weightFactor = factor }
    case .willLog:
      guard let loss = losses.first else { return }
      control.extraLogValues["document_regularizer_weight"] = .number(loss.documentWeight)
      control.extraLogValues["query_regularizer_weight"] = loss.queryWeight.map { .number($0) }
    default: break
    }
  }
}

public import SparrowCore

/// Lowers the learning rate when a metric stops getting better.
///
/// After more than ``Configuration/patience`` observations without progress the rate is multiplied
/// by ``Configuration/factor``. Semantics and defaults are those of PyTorch's `ReduceLROnPlateau`.
public struct PlateauSchedule: Sendable, Hashable {
  /// When and how the rate is lowered.
  public struct Configuration: Sendable, Hashable {
    /// What the rate is multiplied by, above 0 and below 1; 0.1 by default.
    public var factor = 0.1
    /// Observations without progress that are let pass, 10 by default.
    public var patience = 10
    /// The least change that counts as progress, 1e-4 by default.
    public var threshold = 1e-4
    /// Whether ``threshold`` is a share of the best value rather than a difference; true by default.
    public var isRelative = true
    /// Observations after a reduction in which nothing is counted, 0 by default.
    public var cooldown = 0
    /// The learning rate that is never undercut, 0 by default.
    public var minimumRate = 0.0
    /// Changes of the rate smaller than this are not made, 1e-8 by default.
    public var leastChange = 1e-8

    /// Makes a configuration with the defaults.
    public init() {}
  }

  /// When and how the rate is lowered.
  public let configuration: Configuration
  /// The rate at the beginning.
  public let baseRate: Double
  /// The rate as it is now.
  public private(set) var rate: Double
  private var best: Double?
  private var badCount = 0
  private var cooldownCount = 0

  /// Makes a schedule.
  ///
  /// - Throws: ``ModuleError`` when a number is out of range.
  public init(
    _ configuration: Configuration = Configuration(), baseRate: Double
  ) throws(ModuleError) {
    guard configuration.factor > 0, configuration.factor < 1 else {
      throw ModuleError(
        .invalidConfiguration,
        "The schedule 'reduce_lr_on_plateau' needs a factor above 0 and below 1; found \(configuration.factor)."
      )
    }
    guard configuration.patience >= 0, configuration.cooldown >= 0, configuration.threshold >= 0,
      configuration.minimumRate >= 0, configuration.leastChange >= 0
    else {
      throw ModuleError(
        .invalidConfiguration, "The numbers of 'reduce_lr_on_plateau' must not be negative.")
    }
    self.configuration = configuration
    self.baseRate = baseRate
    rate = baseRate
  }

  /// What the groups' learning rates are multiplied by.
  public var factor: Double { baseRate > 0 ? rate / baseRate : 1 }

  /// Takes a new value of the metric into account.
  public mutating func observe(_ value: Double, prefersGreater: Bool) {
    if isProgress(value, prefersGreater: prefersGreater) {
      best = value
      badCount = 0
    } else {
      badCount += 1
    }
    if cooldownCount > 0 {
      cooldownCount -= 1
      badCount = 0
    }
    guard badCount > configuration.patience else { return }
    let lowered = max(rate * configuration.factor, configuration.minimumRate)
    if rate - lowered > configuration.leastChange { rate = lowered }
    cooldownCount = configuration.cooldown
    badCount = 0
  }

  private func isProgress(_ value: Double, prefersGreater: Bool) -> Bool {
    guard let best else { return true }
    let threshold = configuration.threshold
    switch (prefersGreater, configuration.isRelative) {
    case (false, true): return value < best * (1 - threshold)
    case (false, false): return value < best - threshold
    case (true, true): return value > best * (1 + threshold)
    case (true, false): return value > best + threshold
    }
  }
}

extension PlateauSchedule {
  /// What has to be kept to go on later.
  public var savedState: JSONValue {
    [
      "rate": .number(rate), "best": best.map { .number($0) } ?? .null,
      "bad_count": .integer(Int64(badCount)), "cooldown_count": .integer(Int64(cooldownCount)),
    ]
  }

  /// Continues from a ``savedState``; values of another kind leave the schedule as it is.
  public mutating func restore(_ savedState: JSONValue) {
    guard let rate = savedState["rate"]?.double, let bad = savedState["bad_count"]?.int,
      let cooldown = savedState["cooldown_count"]?.int
    else { return }
    self.rate = rate
    best = savedState["best"]?.double
    badCount = bad
    cooldownCount = cooldown
  }
}

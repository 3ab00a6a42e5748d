import SparrowCore
import SparrowNN

/// The learning-rate schedule of a run: a curve over steps, or one that follows evaluations.
enum RateSchedule {
  case curve(LearningRateSchedule)
  case plateau(PlateauSchedule)

  /// The name of the schedule that follows evaluations.
  static let plateauName = "reduce_lr_on_plateau"

  /// The schedule that arguments ask for.
  init(_ arguments: TrainingArguments, totalSteps: Int) throws {
    guard arguments.scheduleName == Self.plateauName else {
      self = .curve(
        LearningRateSchedule(
          try .init(name: arguments.scheduleName, options: arguments.scheduleOptions),
          totalSteps: totalSteps, warmupSteps: arguments.warmup.count(ofTotal: totalSteps),
          baseRate: arguments.learningRate))
      return
    }
    var reader = SettingsReader(arguments.scheduleOptions, section: "lr_scheduler_kwargs")
    var configuration = PlateauSchedule.Configuration()
    configuration.factor = try reader.number("factor") ?? configuration.factor
    configuration.patience = try reader.count("patience") ?? configuration.patience
    configuration.threshold = try reader.number("threshold") ?? configuration.threshold
    configuration.isRelative = try reader.text("threshold_mode") != "abs"
    configuration.cooldown = try reader.count("cooldown") ?? configuration.cooldown
    configuration.minimumRate = try reader.number("min_lr") ?? configuration.minimumRate
    configuration.leastChange = try reader.number("eps") ?? configuration.leastChange
    try reader.finish()
    self = .plateau(try PlateauSchedule(configuration, baseRate: arguments.learningRate))
  }

  /// What rates are multiplied by in a step, of which `step` were done before.
  func factor(step: Int) -> Double {
    switch self {
    case .curve(let schedule): schedule.factor(step: step)
    case .plateau(let schedule): schedule.factor
    }
  }

  /// Takes an evaluation into account.
  mutating func observe(_ value: Double, prefersGreater: Bool) {
    guard case .plateau(var schedule) = self else { return }
    schedule.observe(value, prefersGreater: prefersGreater)
    self = .plateau(schedule)
  }

  /// What has to be kept to go on later; null for curves.
  var savedState: JSONValue {
    if case .plateau(let schedule) = self { schedule.savedState } else { .null }
  }

  /// Continues from a ``savedState``.
  mutating func restore(_ savedState: JSONValue) {
    guard case .plateau(var schedule) = self else { return }
    schedule.restore(savedState)
    self = .plateau(schedule)
  }
}

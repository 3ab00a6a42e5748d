public import SparrowCore

extension LearningRateSchedule.Curve {
  /// The names that recipes use for curves, which are the reference's.
  public static let names = [
    "linear", "cosine", "cosine_with_restarts", "polynomial", "constant", "constant_with_warmup",
    "inverse_sqrt", "cosine_with_min_lr", "cosine_warmup_with_min_lr", "warmup_stable_decay",
  ]

  /// Reads a curve from its name and options, as a recipe gives them (`lr_scheduler_type` and
  /// `lr_scheduler_kwargs`).
  ///
  /// - Throws: ``ModuleError`` when the name or an option is unknown, missing or no number.
  public init(name: String, options: JSONObject = JSONObject()) throws(ModuleError) {
    var reader = CurveOptions(curve: name, options: options)
    switch name {
    case "linear": self = .linear
    case "cosine": self = .cosine(cycles: try reader.number("num_cycles") ?? 0.5)
    case "cosine_with_restarts":
      self = .cosineWithRestarts(cycles: try reader.number("num_cycles") ?? 1)
    case "polynomial":
      self = .polynomial(
        end: try reader.number("lr_end") ?? 1e-7, power: try reader.number("power") ?? 1)
    case "constant": self = .constant
    case "constant_with_warmup": self = .constantWithWarmup
    case "inverse_sqrt": self = .inverseSquareRoot(timescale: try reader.count("timescale"))
    case "cosine_with_min_lr":
      self = .cosineWithFloor(
        try reader.floor(), cycles: try reader.number("num_cycles") ?? 0.5)
    case "cosine_warmup_with_min_lr":
      self = .cosineWarmupWithFloor(
        try reader.floor(), warmupStart: try reader.number("warmup_lr_rate"),
        cycles: try reader.number("num_cycles") ?? 0.5)
    case "warmup_stable_decay":
      guard let decaySteps = try reader.count("num_decay_steps") else {
        throw reader.failure("needs the option 'num_decay_steps'")
      }
      self = .warmupStableDecay(
        LearningRateSchedule.StableDecay(
          decaySteps: decaySteps, stableSteps: try reader.count("num_stable_steps"),
          warmup: try reader.ramp("warmup_type") ?? .linear,
          decay: try reader.ramp("decay_type") ?? .cosine,
          floor: try reader.number("min_lr_ratio") ?? 0,
          cycles: try reader.number("num_cycles") ?? 0.5))
    default:
      throw ModuleError(
        .invalidConfiguration,
        "There is no learning-rate schedule '\(name)'; the schedules are \(Self.names.joined(separator: ", "))."
      )
    }
    try reader.finish()
  }
}

/// Reads the options of one curve and remembers which were asked for.
private struct CurveOptions {
  let curve: String
  let options: JSONObject
  private var known: [String] = []

  init(curve: String, options: JSONObject) {
    self.curve = curve
    self.options = options
  }

  func failure(_ reason: String) -> ModuleError {
    ModuleError(.invalidConfiguration, "The learning-rate schedule '\(curve)' \(reason).")
  }

  mutating func number(_ name: String) throws(ModuleError) -> Double? {
    known.append(name)
    guard let value = options[name], !value.isNull else { return nil }
    guard let number = value.double, number.isFinite else {
      throw failure("needs a number as option '\(name)'; found \(value.text())")
    }
    return number
  }

  mutating func count(_ name: String) throws(ModuleError) -> Int? {
    known.append(name)
    guard let value = options[name], !value.isNull else { return nil }
    guard let count = value.int, count >= 0 else {
      throw failure("needs a whole number from 0 as option '\(name)'; found \(value.text())")
    }
    return count
  }

  mutating func ramp(_ name: String) throws(ModuleError) -> LearningRateSchedule.Ramp? {
    known.append(name)
    guard let value = options[name], !value.isNull else { return nil }
    guard let ramp = value.string.flatMap(LearningRateSchedule.Ramp.init(rawValue:)) else {
      let names = LearningRateSchedule.Ramp.allCases.map { "'\($0.rawValue)'" }
      throw failure(
        "needs one of \(names.joined(separator: ", ")) as option '\(name)'; found \(value.text())")
    }
    return ramp
  }

  mutating func floor() throws(ModuleError) -> LearningRateSchedule.Floor {
    switch (try number("min_lr"), try number("min_lr_rate")) {
    case (let rate?, nil): return .rate(rate)
    case (nil, let ratio?): return .ratio(ratio)
    default: throw failure("needs exactly one of the options 'min_lr' and 'min_lr_rate'")
    }
  }

  func finish() throws(ModuleError) {
    for name in options.keys where !known.contains(name) {
      let choices =
        known.isEmpty ? "it has none" : "it has \(known.joined(separator: ", "))"
      throw failure("has no option '\(name)'; \(choices)")
    }
  }
}

/// How the weights of regularisers rise from 0 at the start of a run.
///
/// At 0-based step `g` the factor is `(g / warm-up)^p`, `p` being 1 or 2, and 1 from the end of the
/// warm-up; so the first step always has factor 0.
public struct RegularizerWeightSchedule: Sendable, Hashable {
  /// The shape of the rise.
  public enum Shape: String, Sendable, Hashable, CaseIterable {
    /// In a straight line.
    case linear
    /// Slowly at first.
    case quadratic
  }

  /// The shape of the rise, quadratic by default.
  public let shape: Shape
  /// The share of all steps in which the weights rise, above 0 and up to 1; a third by default.
  public let warmupRatio: Double

  /// Makes a schedule.
  ///
  /// The reference takes an unknown shape for quadratic and a ratio out of range for a third, with a
  /// warning that is easily missed; here both are errors.
  ///
  /// - Throws: ``TrainingError/Code/invalidArgument`` when the ratio is not in 0...1 or is 0.
  public init(shape: Shape = .quadratic, warmupRatio: Double = 1.0 / 3) throws(TrainingError) {
    guard warmupRatio > 0, warmupRatio <= 1 else {
      throw TrainingError(
        .invalidArgument,
        "The warm-up ratio of regulariser weights must be above 0 and at most 1; found \(warmupRatio)."
      )
    }
    self.shape = shape
    self.warmupRatio = warmupRatio
  }

  /// The usual schedule: quadratic, over the first third.
  public static let standard = RegularizerWeightSchedule()

  private init() {
    shape = .quadratic
    warmupRatio = 1.0 / 3
  }

  /// Reads a schedule from the names of a recipe.
  ///
  /// - Throws: ``TrainingError/Code/invalidArgument`` when there is no shape of that name (upper and
  ///   lower case are alike) or the ratio is out of range.
  public init(shapeName: String, warmupRatio: Double) throws(TrainingError) {
    guard let shape = Shape(rawValue: shapeName.lowercased()) else {
      throw TrainingError(
        .invalidArgument,
        "There is no regulariser schedule '\(shapeName)'; the schedules are \(Shape.allCases.map(\.rawValue).joined(separator: ", "))."
      )
    }
    try self.init(shape: shape, warmupRatio: warmupRatio)
  }

  /// The number of steps in which the weights rise, at least 1.
  public func warmupSteps(totalSteps: Int) -> Int {
    max(1, Int(Double(totalSteps) * warmupRatio))
  }

  /// What the weights are multiplied by in a step, of which `step` were done before.
  public func factor(step: Int, totalSteps: Int) -> Double {
    let warmupSteps = warmupSteps(totalSteps: totalSteps)
    guard step < warmupSteps else { return 1 }
    let progress = Double(step) / Double(warmupSteps)
    return shape == .linear ? progress : progress * progress
  }
}

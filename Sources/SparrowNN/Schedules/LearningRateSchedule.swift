import Foundation

/// How the learning rate changes over a training run: as a factor on each group's own rate.
///
/// The same curves as the reference's schedulers, value for value. Steps count optimiser steps from
/// 0; the factor of step `s` is the one used in it, so that with a warm-up the first step has
/// factor 0.
///
/// ```swift
/// let schedule = LearningRateSchedule(.linear, totalSteps: 1000, warmupSteps: 100)
/// let rate = 2e-5 * schedule.factor(step: 50)  // 1e-5
/// ```
public struct LearningRateSchedule: Sendable, Hashable {
  /// The shape of the curve after the warm-up.
  public enum Curve: Sendable, Hashable {
    /// Falls in a straight line to 0.
    case linear
    /// Falls along `cycles` full cosine waves; the usual half wave ends at 0.
    case cosine(cycles: Double = 0.5)
    /// Falls along a half cosine wave to 0, `cycles` times over.
    case cosineWithRestarts(cycles: Double = 1)
    /// Falls to the rate `end` along `(1 - progress)^power`.
    case polynomial(end: Double = 1e-7, power: Double = 1)
    /// Stays at 1, and knows no warm-up.
    case constant
    /// Stays at 1 after the warm-up.
    case constantWithWarmup
    /// `1 / √(steps / timescale)`; the timescale is the warm-up unless given, 10,000 without one.
    case inverseSquareRoot(timescale: Int? = nil)
    /// Falls along a cosine wave to `floor`.
    case cosineWithFloor(Floor, cycles: Double = 0.5)
    /// As `cosineWithFloor`, but the warm-up begins above 0: at the factor `warmupStart` and in the
    /// same steps, or one step further along the usual line when that is nil.
    case cosineWarmupWithFloor(Floor, warmupStart: Double? = nil, cycles: Double = 0.5)
    /// Warm-up, a plateau at 1, then a decay over `decaySteps`.
    case warmupStableDecay(StableDecay)
  }

  /// A lower bound of the rate.
  public enum Floor: Sendable, Hashable {
    /// A learning rate.
    case rate(Double)
    /// A share of the run's rate.
    case ratio(Double)
  }

  /// The shape of a rise from 0 to 1 or a fall from 1 to 0.
  public enum Ramp: String, Sendable, Hashable, CaseIterable {
    /// A straight line.
    case linear
    /// A half cosine wave.
    case cosine
    /// `1 - √(1 - progress)` upwards, `1 - √progress` downwards.
    case inverseSquareRoot = "1-sqrt"
  }

  /// Settings of ``Curve/warmupStableDecay(_:)``.
  public struct StableDecay: Sendable, Hashable {
    /// Steps of the fall.
    public var decaySteps: Int
    /// Steps at 1; nil takes what warm-up and fall leave.
    public var stableSteps: Int?
    /// The shape of the warm-up, a straight line by default.
    public var warmup: Ramp
    /// The shape of the fall, a cosine wave by default.
    public var decay: Ramp
    /// The factor that is never undercut, 0 by default.
    public var floor: Double
    /// Waves of a cosine-shaped fall, ½ by default.
    public var cycles: Double

    /// Makes settings; the defaults are the reference's.
    public init(
      decaySteps: Int, stableSteps: Int? = nil, warmup: Ramp = .linear, decay: Ramp = .cosine,
      floor: Double = 0, cycles: Double = 0.5
    ) {
      self.decaySteps = decaySteps
      self.stableSteps = stableSteps
      self.warmup = warmup
      self.decay = decay
      self.floor = floor
      self.cycles = cycles
    }
  }

  /// The shape of the curve after the warm-up.
  public let curve: Curve
  /// Optimiser steps of the whole run.
  public let totalSteps: Int
  /// Optimiser steps in which the rate rises from 0.
  public let warmupSteps: Int
  /// The run's learning rate, against which curves that end at a rate are measured; groups with a
  /// rate of their own follow the same factors.
  public let baseRate: Double

  /// Makes a schedule.
  public init(_ curve: Curve, totalSteps: Int, warmupSteps: Int = 0, baseRate: Double = 1) {
    self.curve = curve
    self.totalSteps = totalSteps
    self.warmupSteps = warmupSteps
    self.baseRate = baseRate
  }

  /// The factor of one step, counted from 0.
  public func factor(step: Int) -> Double {
    switch curve {
    case .constant: return 1
    case .warmupStableDecay(let settings): return stableDecay(settings, step: step)
    case .cosineWarmupWithFloor(let floor, let start, let cycles):
      if step < warmupSteps {
        guard let start else {
          return Double(step + 1) / Double(max(1, warmupSteps))
        }
        return start + (1 - start) * Double(step) / Double(max(1, warmupSteps - 1))
      }
      let progress = Double(step - warmupSteps + 1) / Double(max(1, totalSteps - warmupSteps))
      return raised(cosine(progress, cycles: cycles), to: ratio(floor))
    default:
      if step < warmupSteps { return Double(step) / Double(max(1, warmupSteps)) }
      return decay(step: step)
    }
  }

  private func decay(step: Int) -> Double {
    let span = Double(max(1, totalSteps - warmupSteps))
    let progress = Double(step - warmupSteps) / span
    switch curve {
    case .linear: return max(0, Double(totalSteps - step) / span)
    case .cosine(let cycles): return max(0, cosine(progress, cycles: cycles))
    case .cosineWithRestarts(let cycles):
      guard progress < 1 else { return 0 }
      let phase = (cycles * progress).truncatingRemainder(dividingBy: 1)
      return max(0, 0.5 * (1 + cos(.pi * phase)))
    case .polynomial(let end, let power):
      guard step <= totalSteps else { return end / baseRate }
      return ((baseRate - end) * pow(1 - progress, power) + end) / baseRate
    case .inverseSquareRoot(let timescale):
      let scale = timescale ?? (warmupSteps > 0 ? warmupSteps : 10_000)
      return 1 / (Double(step + scale - warmupSteps) / Double(scale)).squareRoot()
    case .cosineWithFloor(let floor, let cycles):
      return raised(cosine(progress, cycles: cycles), to: ratio(floor))
    case .constant, .constantWithWarmup, .cosineWarmupWithFloor, .warmupStableDecay: return 1
    }
  }

  private func cosine(_ progress: Double, cycles: Double) -> Double {
    0.5 * (1 + cos(.pi * cycles * 2 * progress))
  }

  private func ratio(_ floor: Floor) -> Double {
    switch floor {
    case .rate(let rate): rate / baseRate
    case .ratio(let ratio): ratio
    }
  }

  private func raised(_ factor: Double, to floor: Double) -> Double {
    max(0, factor * (1 - floor) + floor)
  }

  private func stableDecay(_ settings: StableDecay, step: Int) -> Double {
    let stableSteps = settings.stableSteps ?? totalSteps - warmupSteps - settings.decaySteps
    let decayStart = warmupSteps + stableSteps
    if step < warmupSteps {
      let progress = Double(step) / Double(max(1, warmupSteps))
      let rise =
        switch settings.warmup {
        case .linear: progress
        case .cosine: 0.5 * (1 - cos(.pi * progress))
        case .inverseSquareRoot: 1 - (1 - progress).squareRoot()
        }
      return raised(rise, to: settings.floor)
    }
    if step < decayStart { return 1 }
    guard step < decayStart + settings.decaySteps else { return settings.floor }
    let progress = Double(step - decayStart) / Double(max(1, settings.decaySteps))
    let fall =
      switch settings.decay {
      case .linear: 1 - progress
      case .cosine: cosine(progress, cycles: settings.cycles)
      case .inverseSquareRoot: 1 - progress.squareRoot()
      }
    return raised(fall, to: settings.floor)
  }
}

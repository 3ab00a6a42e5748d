import SparrowCore

/// A number of optimiser steps, or a share of all of them.
///
/// In files, as in the reference: a number below 1 is a share, a whole number from 1 a number of
/// steps, and 0 means none.
public enum StepInterval: Sendable, Hashable {
  /// So many steps.
  case steps(Int)
  /// A share of all steps, rounded up; above 0 and below 1.
  case share(Double)

  /// Reads a number of a file; nil when it is negative or a fraction above 1.
  public init?(_ number: Double) {
    if number > 0, number < 1 {
      self = .share(number)
    } else if let count = Int(exactly: number), count >= 0 {
      self = .steps(count)
    } else {
      return nil
    }
  }

  /// The number as files have it.
  public var number: Double {
    switch self {
    case .steps(let count): Double(count)
    case .share(let share): share
    }
  }

  /// The number of steps of a run with so many in all.
  public func count(ofTotal totalSteps: Int) -> Int {
    switch self {
    case .steps(let count): count
    case .share(let share): Int((Double(totalSteps) * share).rounded(.up))
    }
  }

  var json: JSONValue {
    switch self {
    case .steps(let count): .integer(Int64(count))
    case .share(let share): .number(share)
    }
  }
}

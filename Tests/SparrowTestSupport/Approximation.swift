/// The largest difference between two lists of numbers, and where it is.
public struct Difference: CustomStringConvertible {
  /// The position of the largest excess over the tolerance.
  public let worstIndex: Int
  /// The two numbers there.
  public let found: Double
  /// The number that was expected there.
  public let expected: Double
  /// Whether every pair agrees within the tolerance.
  public let isWithinTolerance: Bool

  /// The worst pair, for a failure's message.
  public var description: String {
    "worst at \(worstIndex): found \(found), expected \(expected), difference \(abs(found - expected))"
  }
}

/// Compares numbers with `|found - expected| <= absolute + relative * |expected|`; lists of
/// different lengths never agree.
public func compare(
  _ found: [Double], with expected: [Double], absolute: Double = 0, relative: Double = 0
) -> Difference {
  guard found.count == expected.count else {
    return Difference(
      worstIndex: -1, found: Double(found.count), expected: Double(expected.count),
      isWithinTolerance: false)
  }
  var worst = 0
  var worstExcess = -Double.infinity
  for index in found.indices {
    let difference = abs(found[index] - expected[index])
    let excess = difference - (absolute + relative * abs(expected[index]))
    if excess.isNaN {
      worst = index
      worstExcess = .infinity
      break
    }
    if excess > worstExcess {
      worst = index
      worstExcess = excess
    }
  }
  return Difference(
    worstIndex: worst, found: found.isEmpty ? 0 : found[worst],
    expected: expected.isEmpty ? 0 : expected[worst], isWithinTolerance: worstExcess <= 0)
}

/// A straight line through noisy losses of a run, and how sure its slope is.
struct LossTrend {
  /// The line's value at the first loss.
  let start: Double
  /// The line's value at the last loss.
  let end: Double
  /// The standard error of the fall from ``start`` to ``end``.
  let error: Double

  /// Losses that a line needs before it says anything.
  static let leastCount = 8

  /// Fits a line by least squares.
  ///
  /// Neighbouring losses are batches of different rows, so that their noise counts as independent.
  ///
  /// - Parameter losses: at even distances; nil is returned for fewer than ``leastCount``.
  init?(_ losses: [Double]) {
    let count = Double(losses.count)
    guard losses.count >= Self.leastCount else { return nil }
    let middle = (count - 1) / 2
    let mean = losses.reduce(0, +) / count
    var covariance = 0.0
    var spread = 0.0
    for (place, loss) in losses.enumerated() {
      let offset = Double(place) - middle
      covariance += offset * (loss - mean)
      spread += offset * offset
    }
    let slope = covariance / spread
    var residuals = 0.0
    for (place, loss) in losses.enumerated() {
      let difference = loss - mean - slope * (Double(place) - middle)
      residuals += difference * difference
    }
    start = mean - slope * middle
    end = mean + slope * middle
    error = (residuals / (count - 2) / spread).squareRoot() * 2 * middle
  }

  /// The largest fall that the losses leave room for, as a share of the start: two standard errors
  /// more than the line's own.
  var greatestFall: Double { start > 0 ? (start - end + 2 * error) / start : .infinity }
}

import Foundation
import SparrowCore

/// One line of the results.
struct BenchmarkRow {
  let name: String
  let measured: Double
  var reference: Double?
  let unit: String

  /// Above 1 where the measured side is better than the reference.
  private var ratio: Double? {
    guard let reference else { return nil }
    return unit == "GFLOP/s" ? measured / reference : reference / measured
  }

  /// The keys that all benchmarks have.
  var json: JSONValue {
    let number = { (value: Double?) in value.map { JSONValue.number($0) } ?? .null }
    return [
      "name": .string(name), "sparrow": .number(measured), "reference": number(reference),
      "unit": .string(unit), "ratio": number(ratio),
      "rss_ratio": number(unit == "GB" ? ratio : nil),
    ]
  }

  /// For people.
  var line: String {
    let number = { (value: Double) in String(format: "%.4g", value) }
    guard let reference, let ratio else { return "\(name): \(number(measured)) \(unit)" }
    return "\(name): \(number(measured)) \(unit), reference \(number(reference)), "
      + "ratio \(number(ratio))"
  }
}

/// The duration of `body` in seconds.
func seconds(_ body: () throws -> Void) throws -> Double {
  let duration = try ContinuousClock().measure(body)
  return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
}

/// The median durations of two bodies that run in turn, so that a busy machine slows both.
func alternate(
  rounds: Int = 9, _ first: () throws -> Void, _ second: () throws -> Void
) throws -> (first: Double, second: Double) {
  var durations: [(Double, Double)] = []
  for _ in 0...rounds { durations.append((try seconds(first), try seconds(second))) }
  // The first round warms up.
  let measured = durations.dropFirst()
  let median = { (numbers: [Double]) in numbers.sorted()[numbers.count / 2] }
  return (median(measured.map(\.0)), median(measured.map(\.1)))
}

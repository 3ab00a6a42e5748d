import Foundation
import SparrowModels

/// What to measure, as given on the command line.
struct BenchmarkOptions {
  let work: String
  let model: URL
  let collection: URL
  let count: Int
  let precision: ComputePrecision
  let maximumLength: Int
  let roundCount: Int
  let warmupCount: Int
  let threadCount: Int

  init(_ arguments: [String]) throws {
    guard arguments.count >= 2, arguments.count % 2 == 0 else {
      throw BenchmarkError("usage: sparrow-bench WORK --model DIR --collection DIR --count N …")
    }
    work = arguments[1]
    var values: [String: String] = [:]
    for index in stride(from: 2, to: arguments.count, by: 2) {
      values[arguments[index]] = arguments[index + 1]
    }
    func text(_ name: String) throws -> String {
      guard let value = values[name] else { throw BenchmarkError("\(name) is missing") }
      return value
    }
    func number(_ name: String, _ fallback: Int? = nil) throws -> Int {
      guard let value = values[name].map({ Int($0) }) ?? fallback, value > 0 else {
        throw BenchmarkError("\(name) needs a number above 0")
      }
      return value
    }
    model = URL(fileURLWithPath: try text("--model"))
    collection = URL(fileURLWithPath: try text("--collection"))
    count = try number("--count")
    maximumLength = try number("--max-length", 256)
    roundCount = try number("--rounds", 3)
    warmupCount = try number("--warmups", 1)
    threadCount = try number("--threads", 2)
    guard let precision = ComputePrecision(rawValue: values["--precision"] ?? "fp32") else {
      throw BenchmarkError("--precision must be fp32 or bf16")
    }
    self.precision = precision
  }

  /// The median duration of `body` in seconds, after the warm-ups, which are `body` unless given.
  func measure(warmUp: (() throws -> Void)? = nil, _ body: () throws -> Void) throws -> Double {
    for _ in 0..<warmupCount { try warmUp?() ?? body() }
    let clock = ContinuousClock()
    let durations = try (0..<roundCount).map { _ in try clock.measure(body) }.sorted()
    let median = durations[durations.count / 2]
    return Double(median.components.seconds) + Double(median.components.attoseconds) * 1e-18
  }
}

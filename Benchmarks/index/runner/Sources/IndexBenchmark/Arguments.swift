import SparrowCore
import SparrowIndex

/// What the command line asks for.
struct Arguments {
  /// A folder with `docs.csr` and `queries.csr`.
  var data = ""
  /// Where the index is written; it is removed afterwards.
  var work = ""
  var hitCount = 10
  var queryCount = 500
  var repetitions = 3
  var precision = WeightPrecision.float16
  /// Whether plain term-at-a-time search is measured too.
  var measuresPlainSearch = false
  /// Remainder factors of approximate searches to measure.
  var factors: [Double] = []

  static let usage = """
    usage: IndexBenchmark DATA --work FOLDER [--hits 10] [--queries 500] [--repetitions 3]
      [--precision float16|float32] [--plain] [--factors 0.5,0.25,0]
    """

  init(_ words: [String]) throws {
    var rest = words[...]
    func value(_ option: String) throws -> String {
      guard let value = rest.popFirst() else {
        throw IndexError(.usage, "\(option) needs a value.\n\(Self.usage)")
      }
      return value
    }
    func number(_ option: String) throws -> Int {
      guard let number = Int(try value(option)), number > 0 else {
        throw IndexError(.usage, "\(option) needs a number above 0.\n\(Self.usage)")
      }
      return number
    }
    while let word = rest.popFirst() {
      switch word {
      case "--work": work = try value(word)
      case "--hits": hitCount = try number(word)
      case "--queries": queryCount = try number(word)
      case "--repetitions": repetitions = try number(word)
      case "--precision":
        guard let precision = WeightPrecision(rawValue: try value(word)) else {
          throw IndexError(.usage, Self.usage)
        }
        self.precision = precision
      case "--plain": measuresPlainSearch = true
      case "--factors": factors = try value(word).split(separator: ",").compactMap { Double($0) }
      default: data = word
      }
    }
    guard !data.isEmpty, !work.isEmpty else { throw IndexError(.usage, Self.usage) }
  }
}

import Foundation
import SparrowCore
import SparrowText

/// What one process measured.
struct Measurement {
  /// The median duration of a round, in seconds.
  var seconds: Double
  /// Texts, queries or steps of a round.
  var amount: Int
  /// Real tokens of each training step.
  private var tokenCounts: [Int] = []
  /// Tokens each step would have if its columns were padded to their longest text.
  private var paddedTokenCounts: [Int] = []

  init(seconds: Double, amount: Int) {
    self.seconds = seconds
    self.amount = amount
  }

  /// Counts the tokens of a training step.
  mutating func add(_ columns: [TokenBatch]) {
    tokenCounts.append(columns.reduce(0) { $0 + $1.tokenCount })
    paddedTokenCounts.append(columns.reduce(0) { $0 + $1.textCount * $1.longestTextCount })
  }

  /// The line that compare.py and growth.py read.
  var json: JSONValue {
    var object = JSONObject([
      ("seconds", .number(seconds)), ("amount", .integer(Int64(amount))),
      ("peak_rss", .integer(Int64(Self.peakResidentBytes()))),
    ])
    if !tokenCounts.isEmpty {
      object["tokens"] = .integer(Int64(Self.median(tokenCounts)))
      object["padded_tokens"] = .integer(Int64(Self.median(paddedTokenCounts)))
    }
    return .object(object)
  }

  private static func median(_ counts: [Int]) -> Int { counts.sorted()[counts.count / 2] }

  /// The most memory this process had resident, in bytes.
  private static func peakResidentBytes() -> Int {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Int(usage.ru_maxrss) * 1024
  }
}

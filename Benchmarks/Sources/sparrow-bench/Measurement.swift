import Foundation
import SparrowCore

/// What one process measured.
struct Measurement {
  /// The median duration of a round, in seconds.
  var seconds: Double
  /// Texts, queries or steps of a round.
  var amount: Int
  /// Real tokens of a training step.
  var tokenCount: Int?
  /// Tokens the step would have if each column were padded to its longest text.
  var paddedTokenCount: Int?

  /// The line that compare.py and growth.py read.
  var json: JSONValue {
    var object = JSONObject([
      ("seconds", .number(seconds)), ("amount", .integer(Int64(amount))),
      ("peak_rss", .integer(Int64(Self.peakResidentBytes()))),
    ])
    if let tokenCount { object["tokens"] = .integer(Int64(tokenCount)) }
    if let paddedTokenCount { object["padded_tokens"] = .integer(Int64(paddedTokenCount)) }
    return .object(object)
  }

  /// The most memory this process had resident, in bytes.
  private static func peakResidentBytes() -> Int {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Int(usage.ru_maxrss) * 1024
  }
}

import SparrowCore
import Testing

@testable import SparrowText

@Suite struct TruncationTests {
  /// Drops one token at a time from the longer text, as the rule is told.
  private func slow(_ first: Int, _ second: Int, _ limit: Int) -> (Int, Int) {
    var first = first
    var second = second
    let firstIsLonger = first > second
    while first + second > limit {
      // Of equally long texts the one that was shorter to begin with loses, the first on a tie.
      if first > second || first == second && !firstIsLonger { first -= 1 } else { second -= 1 }
    }
    return (first, second)
  }

  @Test func `pairs lose tokens from the longer text`() {
    for first in 0..<14 {
      for second in 0..<14 {
        for limit in 0..<30 {
          let lengths = Truncation.lengths(first: first, second: second, limit: limit)
          let expected = slow(first, second, limit)
          #expect(
            lengths.first == expected.0 && lengths.second == expected.1,
            "\(first), \(second), \(limit)")
        }
      }
    }
  }

  @Test func `one text keeps what fits`() {
    #expect(Truncation.lengths(first: 9, second: nil, limit: 4) == (4, 0))
    #expect(Truncation.lengths(first: 3, second: nil, limit: 4) == (3, 0))
  }
}

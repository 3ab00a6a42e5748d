/// The end of a text at which tokens are dropped when it is too long.
public enum TruncationSide: String, Sendable, Hashable {
  /// The last tokens are dropped.
  case right
  /// The first tokens are dropped.
  case left
}

/// How many tokens of a text, or of each text of a pair, fit into a length.
///
/// This is the reference's `longest_first`: the longer text loses tokens until it is as long as the
/// shorter one, then both lose alike.
enum Truncation {
  /// The lengths that remain of one text or a pair.
  ///
  /// - Parameters:
  ///   - first: tokens of the first text.
  ///   - second: tokens of the second text, nil when there is none.
  ///   - limit: tokens that fit, special tokens not counted.
  /// - Returns: how many tokens of each text stay.
  static func lengths(first: Int, second: Int?, limit: Int) -> (first: Int, second: Int) {
    guard first + (second ?? 0) > limit else { return (first, second ?? 0) }
    guard let second else { return (limit, 0) }
    let shorter = min(first, second)
    // An odd number of places leaves one more to the longer text, to the second if they are equal.
    let lengths =
      shorter <= limit && shorter + max(shorter, limit - shorter) <= limit
      ? (shorter, limit - shorter) : (limit / 2, limit / 2 + limit % 2)
    return first > second ? (lengths.1, lengths.0) : lengths
  }
}

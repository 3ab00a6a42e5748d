/// A set of document numbers of one segment.
struct Bitmap: Sendable, Hashable {
  /// The number of documents that could be members.
  let capacity: Int
  /// Bit `i % 64` of word `i / 64` tells whether document `i` is a member.
  private(set) var words: [UInt64]

  /// Makes an empty or a full set.
  init(capacity: Int, isFull: Bool = false) {
    self.capacity = capacity
    words = [UInt64](repeating: isFull ? .max : 0, count: (capacity + 63) / 64)
    clearUnused()
  }

  /// Makes a set from words; bits beyond the capacity are dropped.
  ///
  /// - Returns: nil when there are too few or too many words.
  init?(capacity: Int, words: [UInt64]) {
    guard words.count == (capacity + 63) / 64 else { return nil }
    self.capacity = capacity
    self.words = words
    clearUnused()
  }

  /// The number of members.
  var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// Whether a document is a member; the number must be below the capacity.
  func contains(_ number: Int) -> Bool { words[number >> 6] >> UInt64(number & 63) & 1 == 1 }

  /// Adds a document and tells whether it was absent.
  @discardableResult
  mutating func insert(_ number: Int) -> Bool {
    let bit = UInt64(1) << UInt64(number & 63)
    let isNew = words[number >> 6] & bit == 0
    words[number >> 6] |= bit
    return isNew
  }

  /// Adds all members of another set of the same capacity.
  mutating func formUnion(_ other: Bitmap) {
    for position in words.indices { words[position] |= other.words[position] }
  }

  /// Keeps only members of another set of the same capacity.
  mutating func formIntersection(_ other: Bitmap) {
    for position in words.indices { words[position] &= other.words[position] }
  }

  /// Removes all members of another set of the same capacity.
  mutating func subtract(_ other: Bitmap) {
    for position in words.indices { words[position] &= ~other.words[position] }
  }

  /// Replaces the set by its complement.
  mutating func invert() {
    for position in words.indices { words[position] = ~words[position] }
    clearUnused()
  }

  /// The members, ascending.
  var members: [Int] {
    var members: [Int] = []
    for (position, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        members.append(position << 6 + rest.trailingZeroBitCount)
        rest &= rest - 1
      }
    }
    return members
  }

  private mutating func clearUnused() {
    let used = capacity & 63
    if used != 0 { words[words.count - 1] &= (UInt64(1) << UInt64(used)) - 1 }
  }
}

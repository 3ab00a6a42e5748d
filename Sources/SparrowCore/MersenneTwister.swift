/// The 32-bit Mersenne Twister (MT19937; Matsumoto & Nishimura 1998), seeded the standard way.
///
/// It draws the same numbers as the reference's CPU generator, so that orders of training rows agree.
public struct MersenneTwister: Sendable, Hashable {
  /// The 624 words of state.
  public private(set) var words: [UInt32]
  /// The next word to be drawn; 624 means that the state must be advanced first.
  public private(set) var position: Int

  /// Makes a generator; only the low 32 bits of the seed count.
  public init(seed: UInt64) {
    var words = [UInt32](repeating: 0, count: 624)
    words[0] = UInt32(truncatingIfNeeded: seed)
    for index in 1..<624 {
      let previous = words[index - 1]
      words[index] = 1_812_433_253 &* (previous ^ (previous >> 30)) &+ UInt32(index)
    }
    self.words = words
    self.position = 624
  }

  /// Restores a generator saved from ``words`` and ``position``.
  ///
  /// - Throws: ``CoreError`` when there are not 624 words or the position is out of range.
  public init(words: [UInt32], position: Int) throws(CoreError) {
    guard words.count == 624, (0...624).contains(position) else {
      throw CoreError(
        .invalidData,
        "A Mersenne Twister state has 624 words and a position of 0 to 624; found \(words.count) words and position \(position)."
      )
    }
    self.words = words
    self.position = position
  }

  /// Draws 32 random bits.
  public mutating func next() -> UInt32 {
    if position == 624 { advance() }
    var value = words[position]
    position += 1
    value ^= value >> 11
    value ^= (value << 7) & 0x9D2C_5680
    value ^= (value << 15) & 0xEFC6_0000
    return value ^ (value >> 18)
  }

  /// A random order of `0..<count`, equal to the reference's `randperm`.
  public mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    guard count > 1 else { return order }
    for index in 0..<(count - 1) {
      let offset = Int(next() % UInt32(count - index))
      order.swapAt(index, index + offset)
    }
    return order
  }

  private mutating func advance() {
    for index in 0..<624 {
      let joined = (words[index] & 0x8000_0000) | (words[(index + 1) % 624] & 0x7FFF_FFFF)
      let mixed = words[(index + 397) % 624] ^ (joined >> 1)
      words[index] = joined & 1 == 0 ? mixed : mixed ^ 0x9908_B0DF
    }
    position = 0
  }
}

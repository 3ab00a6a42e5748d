import SparrowCore

/// Which pairs of tokens merge, in which order and into what: a hash table with open addressing.
struct MergeTable: Sendable {
  /// What becomes of a pair.
  struct Merge: Sendable {
    /// Lower ranks merge first.
    var rank: UInt32
    var id: TokenID
  }

  private struct Slot: Sendable {
    var key: UInt64
    var merge: Merge
  }

  private var slots: [Slot]
  private let mask: Int
  private static let free = UInt64.max

  /// Makes a table; of repeated pairs the last one counts.
  init(_ merges: [(left: TokenID, right: TokenID, id: TokenID)]) {
    var capacity = 16
    while capacity < merges.count * 2 { capacity *= 2 }
    let empty = Slot(key: Self.free, merge: Merge(rank: 0, id: 0))
    slots = Array(repeating: empty, count: capacity)
    mask = capacity - 1
    for (rank, merge) in merges.enumerated() {
      let key = Self.key(merge.left, merge.right)
      var index = Self.hash(key) & mask
      while slots[index].key != Self.free, slots[index].key != key { index = (index + 1) & mask }
      slots[index] = Slot(key: key, merge: Merge(rank: UInt32(rank), id: merge.id))
    }
  }

  /// What a pair merges into, nil when it stays a pair.
  @inline(__always)
  func find(_ left: TokenID, _ right: TokenID) -> Merge? {
    let key = Self.key(left, right)
    var index = Self.hash(key) & mask
    while true {
      let slot = slots[index]
      if slot.key == key { return slot.merge }
      if slot.key == Self.free { return nil }
      index = (index + 1) & mask
    }
  }

  @inline(__always)
  private static func key(_ left: TokenID, _ right: TokenID) -> UInt64 {
    UInt64(left) << 32 | UInt64(right)
  }

  @inline(__always)
  private static func hash(_ key: UInt64) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32)
  }
}

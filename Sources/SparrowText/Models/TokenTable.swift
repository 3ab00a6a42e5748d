import SparrowCore

/// Finds tokens by their UTF-8 bytes: a hash table with open addressing.
///
/// `String` keys would hash whole strings with a keyed hash and compare them by canonical
/// equivalence; here the caller extends a plain hash byte by byte and probes at any point.
struct TokenTable: Sendable {
  /// The hash of no bytes at all.
  static let emptyHash: UInt32 = 0x811C_9DC5

  /// The hash of a text that is one byte longer (FNV-1a).
  @inline(__always)
  static func extend(_ hash: UInt32, _ byte: UInt8) -> UInt32 {
    (hash ^ UInt32(byte)) &* 0x0100_0193
  }

  private struct Slot: Sendable {
    var hash: UInt32 = 0
    var id: TokenID = 0
    var start: UInt32 = 0
    /// The number of bytes, plus 1; 0 marks a free slot.
    var size: UInt32 = 0
  }

  private var slots: [Slot]
  private var bytes: [UInt8] = []
  private let mask: Int
  /// The size of the longest token in bytes.
  private(set) var longestByteCount = 0

  /// Makes a table; of repeated tokens the last one counts.
  init(_ entries: some Collection<(token: [UInt8], id: TokenID)>) {
    var capacity = 16
    while capacity < entries.count * 2 { capacity *= 2 }
    slots = Array(repeating: Slot(), count: capacity)
    mask = capacity - 1
    for entry in entries { insert(entry.token, entry.id) }
  }

  private mutating func insert(_ token: [UInt8], _ id: TokenID) {
    let hash = token.reduce(Self.emptyHash) { Self.extend($0, $1) }
    var index = Self.spread(hash) & mask
    while slots[index].size != 0 {
      if slots[index].hash == hash, matches(slots[index], token.span, 0..<token.count) {
        slots[index].id = id
        return
      }
      index = (index + 1) & mask
    }
    slots[index] = Slot(
      hash: hash, id: id, start: UInt32(bytes.count), size: UInt32(token.count + 1))
    bytes.append(contentsOf: token)
    longestByteCount = max(longestByteCount, token.count)
  }

  /// The token that consists of a range of bytes.
  ///
  /// - Parameters:
  ///   - text: the bytes around it.
  ///   - range: the token's place in `text`.
  ///   - hash: the hash of these bytes, made by ``extend(_:_:)`` from ``emptyHash``.
  /// - Returns: its id, nil when there is no such token.
  @inline(__always)
  func find(_ text: Span<UInt8>, _ range: Range<Int>, hash: UInt32) -> TokenID? {
    var index = Self.spread(hash) & mask
    while true {
      let slot = slots[index]
      if slot.size == 0 { return nil }
      if slot.hash == hash, matches(slot, text, range) { return slot.id }
      index = (index + 1) & mask
    }
  }

  /// The longest token with which a range of bytes begins.
  ///
  /// - Parameters:
  ///   - text: UTF-8 bytes.
  ///   - range: where the token may lie.
  ///   - hashes: room to work in.
  /// - Returns: the token and its size in bytes, nil when no token begins there.
  func findLongest(
    _ text: Span<UInt8>, _ range: Range<Int>, _ hashes: inout [UInt32]
  ) -> (id: TokenID, byteCount: Int)? {
    let start = range.lowerBound
    let limit = min(range.count, longestByteCount)
    // Hashes of all beginnings, made once; then the beginnings are tried from the longest on.
    hashes.removeAll(keepingCapacity: true)
    var hash = Self.emptyHash
    for offset in 0..<limit {
      hash = Self.extend(hash, text[start + offset])
      hashes.append(hash)
    }
    var count = limit
    while count > 0 {
      let end = start + count
      let splitsScalar = end < range.upperBound && text[end] & 0xC0 == 0x80
      if !splitsScalar, let id = find(text, start..<end, hash: hashes[count - 1]) {
        return (id, count)
      }
      count -= 1
    }
    return nil
  }

  /// The id of a token.
  func find(_ token: [UInt8]) -> TokenID? {
    let hash = token.reduce(Self.emptyHash) { Self.extend($0, $1) }
    return find(token.span, 0..<token.count, hash: hash)
  }

  /// The id of a word, when it is a token.
  @inline(__always)
  func find(_ word: WordBuffer) -> TokenID? {
    find(word.bytes.span, 0..<word.bytes.count, hash: word.hash)
  }

  @inline(__always)
  private func matches(_ slot: Slot, _ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard Int(slot.size) == range.count + 1 else { return false }
    let start = Int(slot.start)
    for offset in 0..<range.count
    where bytes[start + offset] != text[range.lowerBound + offset] {
      return false
    }
    return true
  }

  /// FNV leaves the low bits of short keys poorly mixed.
  @inline(__always)
  private static func spread(_ hash: UInt32) -> Int { Int((hash ^ hash >> 15) &* 0x9E37_79B1 >> 8) }
}

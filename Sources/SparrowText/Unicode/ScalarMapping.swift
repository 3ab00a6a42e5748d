/// A mapping of single scalars to sequences of scalars.
struct ScalarMapping: Sendable {
  /// Where in `pool` a scalar's image lies: `offset << 8 | count`; 0 maps a scalar to itself.
  private var entries = ScalarTable<UInt32>(0)
  private var pool: [UInt32] = []

  /// Gives a scalar an image.
  mutating func add(_ scalar: UInt32, _ image: [UInt32]) {
    let entry = UInt32(pool.count) << 8 | UInt32(image.count)
    pool.append(contentsOf: image)
    entries.update(scalar...scalar) { $0 = entry }
  }

  /// The image of a scalar, nil when it maps to itself.
  subscript(scalar: UInt32) -> ArraySlice<UInt32>? {
    let entry = entries[scalar]
    guard entry != 0 else { return nil }
    let start = Int(entry >> 8)
    return pool[start..<(start + Int(entry & 0xFF))]
  }

  /// Lower case, each scalar by itself: a final sigma is no exception.
  static let lowercase: ScalarMapping = {
    var mapping = ScalarMapping()
    for (scalar, image) in UnicodeData.mappings(UnicodeData.lowercase) {
      mapping.add(scalar, image)
    }
    return mapping
  }()
}

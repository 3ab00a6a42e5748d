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
    for word in UnicodeData.lowercase.split(whereSeparator: \.isWhitespace) {
      if let (scalar, image) = UnicodeData.mappings(String(word)).first {
        mapping.add(scalar, image)
        continue
      }
      // `first-last/step+distance`, where the distance may be negative.
      let run = word.split(separator: "/")
      guard let tail = run.last, let sign = tail.lastIndex(where: { $0 == "+" || $0 == "-" }),
        let distance = Int(tail[sign...], radix: 16)
      else { continue }
      let head = run.count == 2 ? run[0] : tail[..<sign]
      let step = run.count == 2 ? Int(tail[..<sign]) ?? 1 : 1
      guard let range = UnicodeData.range(head) else { continue }
      for scalar in stride(from: Int(range.lowerBound), through: Int(range.upperBound), by: step) {
        mapping.add(UInt32(scalar), [UInt32(scalar + distance)])
      }
    }
    return mapping
  }()
}

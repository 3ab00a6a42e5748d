/// The Unicode data that tokenization depends on, measured from the reference by
/// `Tools/make_unicode_tables.py`.
///
/// The reference mixes versions of Unicode (9 for normal forms, 17 for lower-casing), and the
/// standard library's own tables change with its release, so none of that can be used here.
enum UnicodeData {
  /// Reads ranges in hexadecimal, such as `ad 600-605`.
  static func ranges(_ text: String) -> [ClosedRange<UInt32>] {
    text.split(whereSeparator: \.isWhitespace).compactMap { range($0) }
  }

  /// Reads a range in hexadecimal, such as `600-605` or `ad`.
  static func range(_ word: Substring) -> ClosedRange<UInt32>? {
    let bounds = word.split(separator: "-").compactMap { UInt32($0, radix: 16) }
    guard let first = bounds.first, let last = bounds.last else { return nil }
    return first...last
  }

  /// Reads mappings in hexadecimal: `c0=41,300`, or `first-last/step+distance` for scalars that each
  /// map to the one at a distance.
  static func mappings(_ text: String) -> [(scalar: UInt32, image: [UInt32])] {
    text.split(whereSeparator: \.isWhitespace).flatMap { word in
      guard let equals = word.firstIndex(of: "=") else { return run(word) }
      guard let scalar = UInt32(word[..<equals], radix: 16) else { return [] }
      let image = word[word.index(after: equals)...].split(separator: ",")
      return [(scalar, image.compactMap { UInt32($0, radix: 16) })]
    }
  }

  private static func run(_ word: Substring) -> [(scalar: UInt32, image: [UInt32])] {
    guard let sign = word.lastIndex(where: { $0 == "+" || $0 == "-" }),
      let distance = Int(word[sign...], radix: 16)
    else { return [] }
    let parts = word[..<sign].split(separator: "/")
    guard let first = parts.first, let range = range(first) else { return [] }
    let step = parts.count == 2 ? Int(parts[1]) ?? 1 : 1
    return stride(from: Int(range.lowerBound), through: Int(range.upperBound), by: step).map {
      (UInt32($0), [UInt32($0 + distance)])
    }
  }
}

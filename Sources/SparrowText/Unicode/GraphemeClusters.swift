/// Extended grapheme clusters (Unicode Standard Annex 29), as far as clusters of less than six bytes
/// go: longer ones (flags, Hangul syllables in letters, emoji sequences) are never looked at whole.
enum GraphemeClusters {
  /// Where the cluster that begins at a position ends.
  static func end(of scalars: [UInt32], from start: Int) -> Int {
    var end = start + 1
    while end < scalars.count, joins(scalars[end - 1], scalars[end]) { end += 1 }
    return end
  }

  private static func joins(_ first: UInt32, _ second: UInt32) -> Bool {
    if first == 0x0D, second == 0x0A { return true }
    let properties = ScalarProperties.of(first)
    if properties.contains(.clusterBreaking) { return false }
    let next = ScalarProperties.of(second)
    return next.contains(.clusterExtending)
      || properties.contains(.clusterPrepending) && !next.contains(.clusterBreaking)
  }
}

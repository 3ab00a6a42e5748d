/// Finds stretches of a text.
protocol TextPattern: Sendable {
  /// Calls `body` with each match, in order; matches are not empty and do not overlap.
  func forEachMatch(in scalars: [UInt32], _ range: Range<Int>, _ body: (Range<Int>) -> Void)
}

/// A fixed text.
struct LiteralPattern: TextPattern {
  /// What is looked for; nothing is found when it is empty.
  let content: [UInt32]

  func forEachMatch(in scalars: [UInt32], _ range: Range<Int>, _ body: (Range<Int>) -> Void) {
    guard let first = content.first else { return }
    var position = range.lowerBound
    while position + content.count <= range.upperBound {
      let end = position + content.count
      if scalars[position] == first, scalars[position..<end].elementsEqual(content) {
        body(position..<end)
        position = end
      } else {
        position += 1
      }
    }
  }
}

/// Single scalars that have a property.
struct PropertyPattern: TextPattern {
  let property: ScalarProperties

  func forEachMatch(in scalars: [UInt32], _ range: Range<Int>, _ body: (Range<Int>) -> Void) {
    for index in range where !ScalarProperties.of(scalars[index]).isDisjoint(with: property) {
      body(index..<(index + 1))
    }
  }
}

/// Runs of word characters, and runs of what is neither word nor space: `\w+|[^\w\s]+`.
struct WordPattern: TextPattern {
  func forEachMatch(in scalars: [UInt32], _ range: Range<Int>, _ body: (Range<Int>) -> Void) {
    var position = range.lowerBound
    while position < range.upperBound {
      let kind = Self.kind(scalars[position])
      var end = position + 1
      while end < range.upperBound, Self.kind(scalars[end]) == kind { end += 1 }
      if kind != [.whitespace] { body(position..<end) }
      position = end
    }
  }

  private static func kind(_ scalar: UInt32) -> ScalarProperties {
    let properties = ScalarProperties.of(scalar)
    return properties.contains(.word) ? [.word] : properties.intersection(.whitespace)
  }
}

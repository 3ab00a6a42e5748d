/// Replaces what a pattern finds.
struct Replace: Normalizer {
  let pattern: any TextPattern
  let content: [UInt32]

  func normalize(_ text: inout AlignedText) {
    var result = AlignedText()
    var end = 0
    pattern.forEachMatch(in: text.scalars, 0..<text.count) { match in
      for index in end..<match.lowerBound {
        result.append(text.scalars[index], as: index, of: text)
      }
      // The reference aligns all of the new text with the last scalar that it replaces.
      for scalar in content { result.append(scalar, as: match.upperBound - 1, of: text) }
      end = match.upperBound
    }
    guard end > 0 else { return }
    for index in end..<text.count { result.append(text.scalars[index], as: index, of: text) }
    text = result
  }
}

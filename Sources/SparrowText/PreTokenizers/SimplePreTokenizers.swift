/// Cuts at what a pattern finds.
struct SplitPreTokenizer: PreTokenizer {
  let splitter: Splitter

  func preTokenize(_ text: inout PreTokenizedText) { text.split(splitter.cut) }
}

/// Cuts into stretches of equally many scalars; the last may be shorter.
struct FixedLengthPreTokenizer: PreTokenizer {
  let length: Int

  func preTokenize(_ text: inout PreTokenizedText) {
    text.split { _, range, keep in
      for start in stride(from: range.lowerBound, to: range.upperBound, by: length) {
        keep(start..<min(start + length, range.upperBound))
      }
    }
  }
}

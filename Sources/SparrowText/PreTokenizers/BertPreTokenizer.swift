/// Cuts at white space, which is dropped, and around each punctuation mark.
struct BertPreTokenizer: PreTokenizer {
  func preTokenize(_ text: inout PreTokenizedText) {
    text.split { scalars, range, keep in
      var start = range.lowerBound
      for index in range {
        let properties = ScalarProperties.of(scalars[index])
        guard properties.contains(.whitespace) || properties.contains(.punctuation) else {
          continue
        }
        keep(start..<index)
        if !properties.contains(.whitespace) { keep(index..<(index + 1)) }
        start = index + 1
      }
      keep(start..<range.upperBound)
    }
  }
}

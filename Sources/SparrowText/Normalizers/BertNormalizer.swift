/// The normalisation of BERT: cleaning, spaces around ideographs, accents off, lower case.
struct BertNormalizer: Normalizer {
  /// Drops control characters and turns all white space into spaces.
  var cleansText = true
  /// Puts spaces around CJK ideographs.
  var separatesIdeographs = true
  /// Decomposes and drops nonspacing marks.
  var stripsAccents = true
  /// Lower-cases each scalar by itself.
  var lowercases = true

  func normalize(_ text: inout AlignedText) {
    if cleansText {
      text.filter { !ScalarProperties.of($0).contains(.control) }
      text.map { ScalarProperties.of($0).contains(.whitespace) ? 0x20 : $0 }
    }
    if separatesIdeographs { separateIdeographs(&text) }
    if stripsAccents {
      text.decompose(.canonical)
      text.filter { !ScalarProperties.of($0).contains(.nonspacingMark) }
    }
    if lowercases { text.map(.lowercase) }
  }

  private func separateIdeographs(_ text: inout AlignedText) {
    guard text.scalars.contains(where: { ScalarProperties.of($0).contains(.ideograph) }) else {
      return
    }
    var changes: [AlignedText.Change] = []
    changes.reserveCapacity(text.count)
    for scalar in text.scalars {
      if ScalarProperties.of(scalar).contains(.ideograph) {
        changes.append(.init(scalar: 0x20, shift: 0))
        changes.append(.init(scalar: scalar, shift: 1))
        changes.append(.init(scalar: 0x20, shift: 1))
      } else {
        changes.append(.init(scalar: scalar, shift: 0))
      }
    }
    text.transform(changes)
  }
}

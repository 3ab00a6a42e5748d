/// Changes a text before it is split: cleans it, takes accents off, folds case.
protocol Normalizer: Sendable {
  /// Changes the text in place.
  func normalize(_ text: inout AlignedText)
}

/// Several normalisers, one after the other.
struct NormalizerSequence: Normalizer {
  let normalizers: [any Normalizer]

  func normalize(_ text: inout AlignedText) {
    for normalizer in normalizers { normalizer.normalize(&text) }
  }
}

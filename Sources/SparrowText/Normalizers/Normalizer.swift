/// Changes a text before it is split: cleans it, takes accents off, folds case.
protocol Normalizer: Sendable {
  /// Changes the text in place.
  func normalize(_ text: inout AlignedText)
}

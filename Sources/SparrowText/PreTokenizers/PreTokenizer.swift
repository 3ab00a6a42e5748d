/// Cuts a normalised text into the pieces that the model sees.
protocol PreTokenizer: Sendable {
  /// Cuts the pieces of a text further.
  func preTokenize(_ text: inout PreTokenizedText)
}

/// Several pre-tokenisers, each cutting the pieces of the one before.
struct PreTokenizerSequence: PreTokenizer {
  let preTokenizers: [any PreTokenizer]

  func preTokenize(_ text: inout PreTokenizedText) {
    for preTokenizer in preTokenizers { preTokenizer.preTokenize(&text) }
  }
}

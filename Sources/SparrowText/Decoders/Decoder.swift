/// Turns tokens back into text.
protocol Decoder: Sendable {
  /// Changes a list of tokens; joined, the last decoder's list is the text.
  func decode(_ tokens: [String]) -> [String]
}

/// Several decoders, one after the other.
struct DecoderSequence: Decoder {
  let decoders: [any Decoder]

  func decode(_ tokens: [String]) -> [String] {
    decoders.reduce(tokens) { $1.decode($0) }
  }
}

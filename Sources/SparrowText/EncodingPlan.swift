/// What the options mean for one text or pair, worked out once.
struct EncodingPlan: Sendable {
  let parts: [PostProcessor.Part]
  /// How many tokens of a text are enough.
  ///
  /// The lengths of a pair decide which text is cut, so there each has to be read to its end.
  let enough: Int
  let side: TruncationSide
  /// The most tokens of the texts alone.
  private let limit: Int

  init(_ tokenizer: Tokenizer, _ options: TokenizationOptions, isPair: Bool) {
    parts = tokenizer.postProcessor.parts(
      isPair: isPair, addsSpecialTokens: options.addsSpecialTokens)
    let maximumLength = options.maximumLength ?? tokenizer.maximumLength ?? .max
    side = options.truncationSide ?? tokenizer.truncationSide
    limit = max(0, maximumLength - PostProcessor.specialCount(parts))
    enough = isPair ? .max : limit
  }

  /// Which tokens of each text are kept.
  func keep(first: Int, second: Int?) -> (first: Range<Int>, second: Range<Int>) {
    let lengths = Truncation.lengths(first: first, second: second, limit: limit)
    let secondCount = second ?? 0
    switch side {
    case .right: return (0..<lengths.first, 0..<lengths.second)
    case .left:
      return ((first - lengths.first)..<first, (secondCount - lengths.second)..<secondCount)
    }
  }
}

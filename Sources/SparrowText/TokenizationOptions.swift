/// How a text is turned into tokens.
public struct TokenizationOptions: Sendable, Hashable {
  /// The most tokens of one text or pair, special tokens counted; nil takes
  /// ``Tokenizer/maximumLength``, `Int.max` never truncates.
  ///
  /// Special tokens are never dropped: a maximum below their number leaves only them. (The reference
  /// does not truncate at all then.)
  public var maximumLength: Int?
  /// Puts the tokenizer's special tokens around the texts; the default is true.
  public var addsSpecialTokens: Bool
  /// The end at which long texts are cut; nil takes ``Tokenizer/truncationSide``.
  public var truncationSide: TruncationSide?
  /// How many threads share a batch; nil takes one for each active processor.
  public var threadCount: Int?

  /// Makes options.
  public init(
    maximumLength: Int? = nil, addsSpecialTokens: Bool = true,
    truncationSide: TruncationSide? = nil, threadCount: Int? = nil
  ) {
    self.maximumLength = maximumLength
    self.addsSpecialTokens = addsSpecialTokens
    self.truncationSide = truncationSide
    self.threadCount = threadCount
  }
}

/// A text, or two texts that are read as a pair.
public struct TokenizerInput: Sendable, Hashable, ExpressibleByStringLiteral {
  /// The text, or the first text of the pair.
  public var text: String
  /// The second text of the pair.
  public var pair: String?

  /// Makes an input.
  public init(_ text: String, pair: String? = nil) {
    self.text = text
    self.pair = pair
  }

  /// Makes an input of one text.
  public init(stringLiteral value: String) { self.init(value) }
}

import Dispatch
import SparrowCore
import SparrowText

/// Texts on their way into a model, in windows of which the next is tokenised on another thread while
/// one is computed.
///
/// What is in memory at once is two windows, whatever the number of texts.
struct TextWindows {
  /// Texts that are tokenised and sorted together.
  static let textCount = 4096

  private let count: Int
  private let tokenize: @Sendable (Range<Int>) throws -> TokenBatch
  private var nextStart = 0
  private var ahead: BackgroundValue<TokenBatch>?
  private let queue = DispatchQueue(label: "sparrow.models.tokens")

  /// Begins with the first of some texts or pairs.
  ///
  /// - Parameters:
  ///   - count: how many there are.
  ///   - tokenize: makes tokens of those at some places, on any thread.
  init(count: Int, tokenize: @escaping @Sendable (Range<Int>) throws -> TokenBatch) {
    self.count = count
    self.tokenize = tokenize
  }

  /// Begins with the first of some inputs.
  ///
  /// - Parameters:
  ///   - inputs: texts or pairs of texts.
  ///   - prompt: goes before each.
  ///   - tokenizer: makes tokens of them.
  ///   - options: how.
  init(
    _ inputs: [TokenizerInput], prompt: String, tokenizer: Tokenizer, options: TokenizationOptions
  ) {
    self.init(count: inputs.count) { places in
      let window =
        prompt.isEmpty
        ? Array(inputs[places])
        : inputs[places].map { TokenizerInput(prompt + $0.text, pair: $0.pair) }
      return try tokenizer.encodeBatch(window, options: options)
    }
  }

  /// The next window, nil at the end.
  ///
  /// The first one is made here, and so a few texts never wait for another thread.
  mutating func next() throws -> TextWindow? {
    guard nextStart < count else { return nil }
    let start = nextStart
    let tokens = try ahead?.wait() ?? tokenize(places(from: start))
    nextStart = places(from: start).upperBound
    ahead = nil
    if nextStart < count {
      ahead = BackgroundValue(on: queue) { [tokenize, places = places(from: nextStart)] in
        try tokenize(places)
      }
    }
    return TextWindow(start: start, tokens: tokens)
  }

  private func places(from start: Int) -> Range<Int> {
    start..<min(start + Self.textCount, count)
  }
}

/// Tokenised texts in batches: sorted by length, so that the texts of a batch differ little, up to a
/// number of tokens, so that a batch fits the processor's caches.
struct TextWindow {
  /// Tokens a batch may have; one text alone may have more.
  static let tokenBudget = 4096

  /// The place of the window's first text among all.
  let start: Int
  /// The tokens of the window's texts.
  let tokens: TokenBatch
  /// Places of texts within the window, batch by batch, from long texts to short ones.
  let batches: [[Int]]

  init(start: Int, tokens: TokenBatch) {
    self.start = start
    self.tokens = tokens
    let lengths = (0..<tokens.textCount).map { tokens.range(ofText: $0).count }
    let order = lengths.indices.sorted {
      lengths[$0] != lengths[$1] ? lengths[$0] > lengths[$1] : $0 < $1
    }
    var batches: [[Int]] = []
    var batch: [Int] = []
    var tokenCount = 0
    for text in order {
      if !batch.isEmpty, tokenCount + lengths[text] > Self.tokenBudget {
        batches.append(batch)
        batch = []
        tokenCount = 0
      }
      batch.append(text)
      tokenCount += lengths[text]
    }
    if !batch.isEmpty { batches.append(batch) }
    self.batches = batches
  }

  /// For each text of the window its place in the order of ``batches``.
  var rowOfText: [Int] {
    var rows = [Int](repeating: 0, count: tokens.textCount)
    for (row, text) in batches.joined().enumerated() { rows[text] = row }
    return rows
  }
}

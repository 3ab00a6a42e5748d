import SparrowCore
import SparrowTestSupport
import SparrowText
import Testing

@testable import SparrowModels

/// Runs only when the demo model is there (`make setup`).
@Suite(
  .enabled(if: Fixtures.model("splade-tiny") != nil, "needs .models/splade-tiny; run make setup"))
struct TextWindowsTests {
  private let tokenizer: Tokenizer

  init() throws { tokenizer = try Tokenizer(folder: try #require(Fixtures.model("splade-tiny"))) }

  /// `count` texts of 1 to 9 words.
  private func inputs(_ count: Int) -> [TokenizerInput] {
    (0..<count).map { index in
      TokenizerInput((0...(index * 7 % 9)).map { "word \(index + $0)" }.joined(separator: " "))
    }
  }

  private func windows(_ inputs: [TokenizerInput], prompt: String) throws -> [TextWindow] {
    var windows = TextWindows(
      inputs, prompt: prompt, tokenizer: tokenizer,
      options: TokenizationOptions(maximumLength: .max))
    var found: [TextWindow] = []
    while let window = try windows.next() { found.append(window) }
    return found
  }

  @Test(arguments: [0, 1, 4095, 4096, 4097, 9000])
  func `windows hold all texts in order`(_ count: Int) throws {
    let inputs = inputs(count)
    let found = try windows(inputs, prompt: "query: ")
    #expect(found.count == (count + 4095) / 4096)
    #expect(found.map(\.start) == found.indices.map { $0 * 4096 })
    var tokens = TokenBatch()
    for window in found { tokens.append(contentsOf: window.tokens) }
    let expected = try tokenizer.encodeBatch(
      inputs.map { TokenizerInput("query: " + $0.text) }, options: TokenizationOptions())
    #expect(tokens.tokenIDs == expected.tokenIDs)
    #expect(tokens.cumulativeLengths == expected.cumulativeLengths)
  }

  @Test func `a window's batches hold each text once, long ones first`() throws {
    let window = try #require(try windows(inputs(3000), prompt: "").first)
    #expect(window.batches.joined().sorted() == Array(0..<3000))
    let lengths = window.batches.joined().map { window.tokens.range(ofText: $0).count }
    #expect(lengths == lengths.sorted(by: >))
    for batch in window.batches {
      let count = batch.reduce(0) { $0 + window.tokens.range(ofText: $1).count }
      #expect(count <= TextWindow.tokenBudget)
    }
    #expect(window.batches.count > 1)
    for (text, row) in window.rowOfText.enumerated() {
      #expect(Array(window.batches.joined())[row] == text)
    }
  }

  @Test func `a text above the budget is a batch of its own`() throws {
    let long = TokenizerInput(String(repeating: "word ", count: TextWindow.tokenBudget + 10))
    let window = try #require(try windows([long, "short"], prompt: "").first)
    #expect(window.batches == [[0], [1]])
  }
}

import Foundation
import SparrowCore
import SparrowTestSupport
import SparrowText
import Testing

/// The tokens of the demo model's tokenizer equal the reference's.
@Suite struct WordPieceReferenceTests {
  /// The tokenizer of splade-tiny and the hashes for it; nil and a message when it is absent.
  private func load(_ test: String) throws -> (Tokenizer, JSONValue)? {
    guard let folder = Fixtures.model("splade-tiny") else {
      Fixtures.skip(test, because: "the model splade-tiny is not set up (make setup)")
      return nil
    }
    let hashes = try JSONValue(contentsOf: Fixtures.url("tokenizers/splade-tiny.json"))
    return (try Tokenizer(folder: folder), hashes)
  }

  private let unlimited = TokenizationOptions(maximumLength: .max)

  @Test func `every text of the golden file has the reference's ids`() throws {
    guard let (tokenizer, _) = try load("golden ids") else { return }
    let golden = try Fixtures.golden("splade_encode")
    let texts = try #require(golden["texts"]?.array)
    #expect(texts.count == 19)
    for entry in texts {
      let name = try #require(entry["name"]?.string)
      let text = Self.text(of: entry)
      let ids = entry["input_ids"]?.array?.compactMap(\.int)
      let encoding = tokenizer.encode(text)
      #expect(encoding.ids.map(Int.init) == ids, "\(name)")
      if let tokens = entry["tokens"]?.array {
        #expect(encoding.tokens == tokens.compactMap(\.string), "\(name)")
      }
      #expect(encoding.typeIDs.allSatisfy { $0 == 0 })
      let batch = try tokenizer.encodeBatch([text])
      #expect(batch.tokenIDs.map(Int.init) == ids, "\(name)")
    }
  }

  /// A golden text: written out, a sentence to be repeated, or nothing for the empty text.
  private static func text(of entry: JSONValue) -> String {
    if let text = entry["text"]?.string { return text }
    guard let pattern = entry["repeat"]?.array, let count = pattern.last?.int else { return "" }
    return String(repeating: pattern.first?.string ?? "", count: count)
  }

  @Test func `pair, prompt and truncation of the golden file have the reference's ids`() throws {
    guard let (tokenizer, _) = try load("golden pair") else { return }
    let golden = try Fixtures.golden("splade_encode")
    let pair = try #require(golden["pair"])
    let texts = pair["texts"]?.array?.compactMap(\.string) ?? []
    try #require(texts.count == 2)
    let encoding = tokenizer.encode(texts[0], pair: texts[1])
    #expect(encoding.ids.map(Int.init) == pair["input_ids"]?.array?.compactMap(\.int))
    #expect(encoding.typeIDs.map(Int.init) == pair["token_type_ids"]?.array?.compactMap(\.int))

    let entries = golden["texts"]?.array ?? []
    let entry = entries.first { $0["name"]?.string == "sentence" }
    let sentence = try #require(entry?["text"]?.string)
    let prompt = try #require(golden["prompt"]?["prompt"]?.string)
    #expect(
      tokenizer.encode(prompt + sentence).ids.map(Int.init)
        == golden["prompt"]?["input_ids"]?.array?.compactMap(\.int))
    #expect(
      tokenizer.encode(sentence, options: .init(maximumLength: 8)).ids.map(Int.init)
        == golden["truncated_to_8"]?["input_ids"]?.array?.compactMap(\.int))
  }

  @Test func `20,000 real texts have the reference's ids`() throws {
    guard let (tokenizer, hashes) = try load("real texts") else { return }
    guard let texts = try TextFixtures.real() else {
      Fixtures.skip("real texts", because: "the collections scifact and tldr_pages are absent")
      return
    }
    let expected = try ReferenceHashes(hashes, "real")
    expected.expectEqual(try tokenizer.encodeBatch(texts, options: unlimited), "real texts")
  }

  @Test func `every code point has the reference's ids`() throws {
    guard let (tokenizer, hashes) = try load("code points") else { return }
    let expected = try ReferenceHashes(hashes, "scalars")
    expected.expectEqual(
      try tokenizer.encodeBatch(TextFixtures.scalars(), options: unlimited), "code points")
  }

  @Test func `random texts have the reference's ids and offsets`() throws {
    guard let (tokenizer, hashes) = try load("random texts") else { return }
    let texts = TextFixtures.random()
    let expected = try ReferenceHashes(hashes, "random")
    expected.expectEqual(texts.map { tokenizer.encode($0, options: unlimited) }, "long road")
    expected.expectEqual(try tokenizer.encodeBatch(texts, options: unlimited), "short road")
  }

  @Test(arguments: [TruncationSide.right, .left])
  func `truncated pairs have the reference's ids and offsets`(_ side: TruncationSide) throws {
    guard let (tokenizer, hashes) = try load("truncated pairs") else { return }
    let texts = TextFixtures.random()
    let key = side == .right ? "pairs" : "pairsLeft"
    let expected = try ReferenceHashes(hashes, key)
    var encodings: [Encoding] = []
    var batch = TokenBatch()
    for index in 0..<(texts.count - 1) {
      let options = TokenizationOptions(maximumLength: 4 + index % 45, truncationSide: side)
      encodings.append(tokenizer.encode(texts[index], pair: texts[index + 1], options: options))
      let input = TokenizerInput(texts[index], pair: texts[index + 1])
      batch.append(contentsOf: try tokenizer.encodeBatch([input], options: options))
    }
    expected.expectEqual(encodings, "long road")
    expected.expectEqual(batch, "short road")
  }
}

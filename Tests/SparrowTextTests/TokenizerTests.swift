import Foundation
import SparrowCore
import SparrowTestSupport
import SparrowText
import Testing

/// Loading, saving, options and batches.
@Suite struct TokenizerTests {
  /// A small cased WordPiece tokenizer, as the object of its `tokenizer.json`.
  private static let small: JSONObject? =
    (try? JSONValue(contentsOf: Fixtures.url("tokenizers/wordpiece.json")))?.object

  /// Loads the small tokenizer beside a configuration, from a folder that is then removed.
  private func load(
    _ configuration: JSONValue? = nil, changing change: (inout JSONObject) -> Void = { _ in }
  ) throws -> Tokenizer {
    try Fixtures.withTemporaryFolder { folder in
      var content = try #require(Self.small)
      change(&content)
      try JSONValue.object(content).data().write(
        to: folder.appendingPathComponent("tokenizer.json"))
      if let configuration {
        try configuration.data().write(
          to: folder.appendingPathComponent("tokenizer_config.json"))
      }
      return try Tokenizer(folder: folder)
    }
  }

  @Test func `special tokens are known by their roles`() throws {
    let tokenizer = try load(["cls_token": ["content": "the"], "mask_token": "[MASK]"])
    #expect(tokenizer.clsID == tokenizer.id(of: "the"))
    #expect(tokenizer.padID == 0)
    #expect(tokenizer.unknownID == 1)
    #expect(tokenizer.sepID == 3)
    #expect(tokenizer.maskID == 4)
    #expect(tokenizer.bosID == nil)
    #expect(tokenizer.vocabulary.count == 4000)
    #expect(tokenizer.vocabulary[4] == "[MASK]")
    #expect(tokenizer.id(of: "no such token") == nil)
  }

  @Test func `the length of the configuration truncates unless a call says otherwise`() throws {
    let tokenizer = try load(["model_max_length": 6, "truncation_side": "left"])
    #expect(tokenizer.maximumLength == 6)
    #expect(tokenizer.truncationSide == .left)
    let text = "a b c d e f g h"
    #expect(tokenizer.encode(text).tokens == ["[CLS]", "e", "f", "g", "h", "[SEP]"])
    let right = TokenizationOptions(maximumLength: 4, truncationSide: .right)
    #expect(tokenizer.encode(text, options: right).tokens == ["[CLS]", "a", "b", "[SEP]"])
    #expect(tokenizer.encode(text, options: .init(maximumLength: .max)).count == 10)
    let bare = TokenizationOptions(maximumLength: 2, addsSpecialTokens: false)
    #expect(tokenizer.encode(text, options: bare).tokens == ["g", "h"])
  }

  @Test(arguments: ["1000000000000000019884624838656", "1e30", "null"])
  func `very large lengths stand for none`(_ length: String) throws {
    let value = try JSONValue(parsing: Array(length.utf8))
    #expect(try load(["model_max_length": value]).maximumLength == nil)
  }

  @Test func `a maximum below the special tokens leaves only these`() throws {
    let tokenizer = try load()
    for maximum in [0, 1, 2] {
      let options = TokenizationOptions(maximumLength: maximum)
      #expect(tokenizer.encode("a b", options: options).tokens == ["[CLS]", "[SEP]"])
      #expect(try tokenizer.encodeBatch(["a b"], options: options).tokenIDs == [2, 3])
    }
  }

  @Test func `empty texts have only special tokens`() throws {
    let tokenizer = try load()
    #expect(tokenizer.encode("").ids == [2, 3])
    #expect(tokenizer.encode("", pair: "").ids == [2, 3, 3])
    #expect(tokenizer.encode("", options: .init(addsSpecialTokens: false)).ids == [])
    #expect(tokenizer.encode(" \u{200B}\n\u{0}").ids == [2, 3])
    #expect(try tokenizer.encodeBatch([String]()) == TokenBatch())
    #expect(try tokenizer.encodeBatch(["", "  "]).cumulativeLengths == [0, 2, 4])
  }

  @Test func `settings of the configuration go before those of the tokenizer`() throws {
    let cased = try load(["do_lower_case": false])
    #expect(cased.encode("Été").tokens == cased.encode("Été").tokens)
    #expect(cased.encode("THE").ids != cased.encode("the").ids)
    let folded = try load(["do_lower_case": true])
    #expect(folded.encode("THE Été").ids == cased.encode("the ete").ids)
    let accents = try load(["do_lower_case": true, "strip_accents": false])
    #expect(accents.encode("Été").ids == cased.encode("été").ids)
    let joined = try load(["tokenize_chinese_chars": false])
    #expect(joined.encode("東京").count == 3)
    #expect(cased.encode("東京").count == 4)
  }

  @Test func `tokens of the configuration are added to the vocabulary`() throws {
    let tokenizer = try load([
      "added_tokens_decoder": [
        "4001": ["content": "<two>", "special": false],
        "4000": ["content": "<one>", "lstrip": true],
      ],
      "additional_special_tokens": ["<three>"], "mask_token": "[MASK]",
    ])
    #expect(tokenizer.id(of: "<one>") == 4000)
    #expect(tokenizer.id(of: "<two>") == 4001)
    #expect(tokenizer.id(of: "<three>") == 4002)
    #expect(tokenizer.vocabulary.count == 4003)
    let encoding = tokenizer.encode("a <one>b<two><three>")
    #expect(encoding.tokens == ["[CLS]", "a", "<one>", "b", "<two>", "<three>", "[SEP]"])
    #expect(encoding.offsets[2] == 1..<7)
    #expect(tokenizer.decode(encoding.ids) == "a <one> b <two>")
  }

  @Test func `a vocabulary file gives the tokenizer of its tokenizer file`() throws {
    let tokenizer = try load()
    try Fixtures.withTemporaryFolder { folder in
      let lines = tokenizer.vocabulary.tokens.joined(separator: "\n") + "\n"
      try Data(lines.utf8).write(to: folder.appendingPathComponent("vocab.txt"))
      let settings: JSONValue = ["do_lower_case": false, "model_max_length": 64]
      try settings.data().write(to: folder.appendingPathComponent("tokenizer_config.json"))
      let other = try Tokenizer(folder: folder)
      #expect(other.maximumLength == 64)
      #expect(other.vocabulary.tokens == tokenizer.vocabulary.tokens)
      let texts = TextFixtures.random(300, seed: 7)
      let options = TokenizationOptions(maximumLength: .max)
      #expect(
        try other.encodeBatch(texts, options: options)
          == tokenizer.encodeBatch(texts, options: options))
      #expect(other.encode("a", pair: "b").typeIDs == [0, 0, 0, 1, 1])

      try FileManager.default.removeItem(at: folder.appendingPathComponent("vocab.txt"))
      try other.save(toFolder: folder)
      let saved = try Tokenizer(folder: folder)
      #expect(
        try saved.encodeBatch(texts, options: options)
          == tokenizer.encodeBatch(texts, options: options))
    }
  }

  @Test(arguments: [("splade-tiny", "splade_after_encode", nil), ("all-MiniLM-L6-v2", "csr", 256)])
  func `a tokenizer is saved as the reference saves it`(
    _ model: String, _ tree: String, _ length: Int?
  ) throws {
    guard let source = Fixtures.model(model) else {
      Fixtures.skip("saving", because: "the model \(model) is not set up (make setup)")
      return
    }
    let golden = try Fixtures.golden("trees")["models"]?[tree]?["tokenizer_config.json"]?["text"]
    try Fixtures.withTemporaryFolder { folder in
      let tokenizer = try Tokenizer(folder: source)
      try tokenizer.save(toFolder: folder, maximumLength: length)
      let file = folder.appendingPathComponent("tokenizer_config.json")
      #expect(try String(contentsOf: file, encoding: .utf8) == golden?.string)
      let saved = folder.appendingPathComponent("tokenizer.json")
      let original = source.appendingPathComponent("tokenizer.json")
      #expect(try Data(contentsOf: saved) == Data(contentsOf: original))
      #expect(try Tokenizer(folder: folder).maximumLength == length ?? 512)
    }
  }

  @Test func `saving to a folder that is not there is an error that names the file`() throws {
    let tokenizer = try load()
    #expect {
      try tokenizer.save(toFolder: URL(fileURLWithPath: "/no/such/folder"))
    } throws: { error in
      let error = error as? TextError
      return error?.category == .inputOutput
        && error?.location?.path == "/no/such/folder/tokenizer.json"
    }
  }

  @Test func `the short road gives what the long road gives`() throws {
    let tokenizer = try load(["do_lower_case": true])
    for seed in UInt64(2)..<5 {
      let texts = TextFixtures.random(400, seed: seed)
      let batch = try tokenizer.encodeBatch(texts)
      #expect(batch == TokenBatch(texts.map { tokenizer.encode($0) }), "seed \(seed)")
    }
  }

  @Test func `the number of threads does not change a batch`() throws {
    let tokenizer = try load()
    let inputs = TextFixtures.random(900, seed: 3).enumerated().map { index, text in
      TokenizerInput(
        String(repeating: text, count: 1 + index % 7), pair: index % 3 == 0 ? text : nil)
    }
    let one = try tokenizer.encodeBatch(inputs, options: .init(threadCount: 1))
    let four = try tokenizer.encodeBatch(inputs, options: .init(threadCount: 4))
    #expect(one == four)
    #expect(one.textCount == 900)
  }

  @Test func `a text of two megabytes is tokenized`() throws {
    let tokenizer = try load()
    let text = String(repeating: "the man and a dog é ", count: 100_000)
    let whole = try tokenizer.encodeBatch([text])
    let part = tokenizer.encode("the man and a dog é", options: .init(addsSpecialTokens: false))
    #expect(whole.tokenCount == part.count * 100_000 + 2)
    let cut = try tokenizer.encodeBatch([text], options: .init(maximumLength: 12))
    #expect(Array(cut.tokenIDs.dropLast()) == Array(whole.tokenIDs.prefix(11)))
    let word = String(repeating: "a", count: 2_000_000)
    #expect(try tokenizer.encodeBatch([word]).tokenIDs == [2, 1, 3])
    let marks = "a" + String(repeating: "\u{345}\u{334}", count: 5000)
    let folded = try load(["strip_accents": true])
    #expect(folded.encode(marks).offsets[1] == 0..<1)
  }

  @Test(arguments: ["roberta", "byte-fallback", "unigram", "unigram-whole"])
  func `a long text without spaces is tokenized`(_ name: String) throws {
    let tokenizer = try SmallTokenizerTests.load(name)
    let text = String(repeating: "abc本é", count: 12_000)
    let encoding = tokenizer.encode(text, options: .init(addsSpecialTokens: false))
    #expect(encoding.offsets.first?.lowerBound == 0)
    #expect(encoding.offsets.last?.upperBound == 60_000)
    let part = tokenizer.encode(
      String(repeating: "abc本é", count: 1000), options: .init(addsSpecialTokens: false))
    #expect(encoding.ids.prefix(part.count - 20) == part.ids.prefix(part.count - 20))
  }

  @Test func `a cancelled task stops`() async throws {
    let tokenizer = try load()
    let task = Task {
      unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
      return try tokenizer.encodeBatch(["a", "b"])
    }
    await #expect {
      try await task.value
    } throws: { error in
      (error as? TextError)?.category == .cancelled
    }
  }
}

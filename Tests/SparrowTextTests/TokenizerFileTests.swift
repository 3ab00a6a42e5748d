import Foundation
import SparrowCore
import SparrowTestSupport
import SparrowText
import Testing

/// Broken files are refused with their place, what was expected and what was found.
@Suite struct TokenizerFileTests {
  private static let small: JSONObject? =
    (try? JSONValue(contentsOf: Fixtures.url("tokenizers/wordpiece.json")))?.object

  /// The error of loading a folder with these files.
  private func error(_ files: [String: Data]) throws -> TextError {
    try Fixtures.withTemporaryFolder { folder in
      for (name, data) in files { try data.write(to: folder.appendingPathComponent(name)) }
      do {
        _ = try Tokenizer(folder: folder)
        throw CancellationError()
      } catch let error as TextError {
        return error
      }
    }
  }

  /// The error of loading the small tokenizer with a member replaced, or removed by nil.
  private func error(_ key: String, _ value: JSONValue?) throws -> TextError {
    var content = try #require(Self.small)
    content[key] = value
    return try error(["tokenizer.json": JSONValue.object(content).data()])
  }

  /// The error of loading the small tokenizer with a member of its model replaced.
  private func modelError(_ key: String, _ value: JSONValue?) throws -> TextError {
    var model = try #require(Self.small?["model"]?.object)
    model[key] = value
    return try error("model", .object(model))
  }

  @Test func `a folder without tokenizer says what it lacks`() throws {
    let error = try error([:])
    #expect(error.category == .missing)
    #expect(error.message.contains("tokenizer.json or vocab.txt"))
    #expect {
      try Tokenizer(contentsOf: URL(fileURLWithPath: "/no/tokenizer.json"))
    } throws: { error in
      (error as? TextError)?.description == "/no/tokenizer.json: There is no such file."
    }
  }

  @Test(arguments: [
    (#"{"version": "1.0", "#, 1), ("{\n\"model\": {]\n}", 2), ("{\"a\": \"\u{1}\"}", 1), ("", 1),
  ])
  func `text that is not JSON is refused with its line`(_ text: String, _ line: Int) throws {
    let error = try error(["tokenizer.json": Data(text.utf8)])
    #expect(error.category == .invalidData)
    #expect(error.location?.line == line)
    #expect(error.location?.path.hasSuffix("tokenizer.json") == true)
  }

  @Test func `bytes that are not UTF-8 are refused`() throws {
    let broken = Data(#"{"model": ""#.utf8) + Data([0xFF, 0xFE]) + Data(#""}"#.utf8)
    #expect(try error(["tokenizer.json": broken]).message.contains("UTF-8"))
    let lines = Data("[UNK]\n[CLS]\n".utf8) + Data([0xC3, 0x28]) + Data("\n".utf8)
    let error = try error(["vocab.txt": lines])
    #expect(error.location?.line == 3)
    #expect(error.message == "Expected a token in UTF-8, found bytes that are not.")
  }

  @Test func `a vocabulary file needs its special tokens`() throws {
    let error = try error(["vocab.txt": Data("[UNK]\n[CLS]\nthe\n".utf8)])
    #expect(error.message.contains("\"[SEP]\""))
  }

  @Test(arguments: ["normalizer", "pre_tokenizer", "model", "post_processor", "decoder"])
  func `unknown types are refused with the known ones`(_ key: String) throws {
    let error = try error(key, ["type": "Novel"])
    #expect(error.location?.item == key)
    #expect(error.message.contains("\"Novel\""))
    #expect(error.message.contains("Known types: "))
    #expect(try self.error(key, [:]).location?.item == key)
    #expect(try self.error(key, "BPE").message.contains("Expected an object, found a string."))
  }

  @Test func `parts inside sequences are named by their place`() throws {
    let sequence: JSONValue = [
      "type": "Sequence", "normalizers": [["type": "NFC"], ["type": "NFX"]],
    ]
    #expect(try error("normalizer", sequence).location?.item == "normalizer.normalizers[1]")
  }

  @Test func `regular expressions that are not known are refused`() throws {
    for expression in ["(a|b)+", "a.c", "[a-z]+", "a{2,1}", "a{0,3}", "\\d+", "[^", "x*", "\\"] {
      let split: JSONValue = [
        "type": "Split", "pattern": ["Regex": .string(expression)], "behavior": "Isolated",
        "invert": false,
      ]
      let error = try error("pre_tokenizer", split)
      #expect(error.location?.item == "pre_tokenizer.pattern.Regex")
      #expect(error.message.contains("is not supported"), "\(expression)")
    }
  }

  @Test func `the model's members are checked`() throws {
    #expect(try modelError("vocab", nil).message == "Expected a value for \"vocab\", found none.")
    #expect(try modelError("vocab", ["a": -1, "[UNK]": 0]).location?.item == "model.vocab")
    #expect(try modelError("vocab", ["a": 1, "[UNK]": 1]).message.contains("the id 1 twice"))
    #expect(try modelError("vocab", ["a": 99_999_999, "[UNK]": 0]).message.contains("99999999"))
    #expect(try modelError("vocab", ["a": 1.5, "[UNK]": 0]).message.contains("1.5"))
    #expect(try modelError("unk_token", "[NO]").message.contains("a token of the vocabulary"))
    #expect(
      try modelError("max_input_chars_per_word", "many").location?.item
        == "model.max_input_chars_per_word")
  }

  @Test func `merges and scores are checked`() throws {
    let vocabulary: JSONValue = ["a": 0, "b": 1, "ab": 2]
    let pairs: [(JSONValue, String)] = [
      (["a b c"], "two tokens"), ([["a"]], "two tokens"), (["a x"], "tokens of the vocabulary"),
      ([["b", "a"]], "tokens of the vocabulary"), ([3], "two tokens"),
    ]
    for (merges, expected) in pairs {
      let model: JSONValue = ["type": "BPE", "vocab": vocabulary, "merges": merges]
      let error = try error("model", model)
      #expect(error.location?.item == "model.merges[0]")
      #expect(error.message.contains(expected))
    }
    let lists: [(JSONValue, String)] = [
      ([["a"]], "model.vocab[0]"), ([["a", 0], ["b", "c"]], "model.vocab[1]"), ([], "model.vocab"),
    ]
    for (list, place) in lists {
      let model: JSONValue = ["type": "Unigram", "vocab": list, "unk_id": 0]
      #expect(try error("model", model).location?.item == place)
    }
    let model: JSONValue = ["type": "Unigram", "vocab": [["a", 0]], "unk_id": 1]
    #expect(try error("model", model).message.contains("from 0 to 0"))
  }

  @Test func `templates are checked`() throws {
    let text: JSONValue = ["Sequence": ["id": "A", "type_id": 0]]
    let special: JSONValue = ["SpecialToken": ["id": "[CLS]", "type_id": 0]]
    let other: JSONValue = ["Sequence": ["id": "C", "type_id": 0]]
    let cases: [(JSONValue, JSONValue, String)] = [
      ([special, text], [text, text], "post_processor.single[0].SpecialToken"),
      ([text], [text], "post_processor.pair"),
      ([other], [text], "post_processor.single[0].Sequence"),
    ]
    for (single, pair, place) in cases {
      let processor: JSONValue = [
        "type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": [:],
      ]
      #expect(try error("post_processor", processor).location?.item == place)
    }
  }

  @Test func `character maps are checked`() throws {
    for map in ["!!!", "", "/////w==", "BAAAAA=="] {
      let normalizer: JSONValue = ["type": "Precompiled", "precompiled_charsmap": .string(map)]
      let error = try error("normalizer", normalizer)
      #expect(error.location?.item == "normalizer.precompiled_charsmap")
    }
  }

  @Test func `the configuration is checked`() throws {
    let tokenizer = JSONValue.object(try #require(Self.small)).data()
    let cases: [(JSONValue, String?)] = [
      ([], nil), (["model_max_length": "long"], "model_max_length"),
      (["model_max_length": 0], "model_max_length"),
      (["truncation_side": "top"], "truncation_side"),
      (["cls_token": 3], "cls_token"), (["cls_token": [:]], "cls_token"),
      (["added_tokens_decoder": ["x": "y"]], "added_tokens_decoder.x"),
      (["do_lower_case": "yes"], "do_lower_case"),
    ]
    for (configuration, place) in cases {
      let error = try error([
        "tokenizer.json": tokenizer, "tokenizer_config.json": configuration.data(),
      ])
      #expect(error.location?.path.hasSuffix("tokenizer_config.json") == true)
      #expect(error.location?.item == place, "\(configuration.text())")
    }
  }
}

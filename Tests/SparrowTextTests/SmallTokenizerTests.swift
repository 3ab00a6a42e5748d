import Foundation
import SparrowCore
import SparrowTestSupport
import SparrowText
import Testing

/// Small tokenizers of every kind give the ids, offsets and texts of the reference.
@Suite struct SmallTokenizerTests {
  /// The variants of Tests/Fixtures/tokenizers/variants.json.
  static let variants: JSONObject = {
    let file = try? JSONValue(contentsOf: Fixtures.url("tokenizers/variants.json"))
    return file?.object ?? JSONObject()
  }()

  /// Variants that are tried on more texts.
  static let thoroughVariants = variants.members
    .filter { $0.1["thorough"] == true }.map(\.0)

  private static let hashes: JSONValue? =
    try? JSONValue(contentsOf: Fixtures.url("tokenizers/small.json"))

  /// The texts, made once.
  private static let random = TextFixtures.random()

  /// A base tokenizer with some of its members replaced.
  static func load(_ name: String) throws -> Tokenizer {
    let variant = try #require(variants[name])
    let base = try #require(variant["base"]?.string)
    var content = try #require(JSONValue(contentsOf: Fixtures.url("tokenizers/\(base)")).object)
    for (key, value) in variant["members"]?.object?.members ?? JSONObject().members {
      if key == "model", var model = content["model"]?.object {
        for (key, value) in value.object?.members ?? JSONObject().members { model[key] = value }
        content[key] = .object(model)
      } else {
        content[key] = value
      }
    }
    return try Fixtures.withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("tokenizer.json")
      try JSONValue.object(content).data(.compact).write(to: file)
      return try Tokenizer(contentsOf: file)
    }
  }

  private func hashes(of name: String) throws -> JSONValue {
    try #require(Self.hashes?[name])
  }

  @Test func `all variants are there`() throws {
    #expect(Self.variants.count == 21)
    #expect(Self.hashes?.object?.keys == Self.variants.keys)
  }

  @Test(arguments: variants.keys)
  func `random texts have the reference's ids and offsets`(_ name: String) throws {
    let tokenizer = try Self.load(name)
    let expected = try ReferenceHashes(hashes(of: name), "random")
    let texts = Array(Self.random.prefix(expected.textCount))
    expected.expectEqual(texts.map { tokenizer.encode($0) }, "\(name)")
    expected.expectEqual(try tokenizer.encodeBatch(texts), "\(name), batch")
  }

  @Test(arguments: variants.keys)
  func `truncated pairs have the reference's ids and offsets`(_ name: String) throws {
    let tokenizer = try Self.load(name)
    let expected = try ReferenceHashes(hashes(of: name), "pairs")
    let encodings = (0..<expected.textCount).map { index in
      tokenizer.encode(
        Self.random[index], pair: Self.random[index + 1],
        options: TokenizationOptions(maximumLength: 4 + index % 45))
    }
    expected.expectEqual(encodings, "\(name)")
  }

  @Test(arguments: variants.keys)
  func `decoded texts are the reference's`(_ name: String) throws {
    let tokenizer = try Self.load(name)
    let expected = try #require(hashes(of: name)["decoded"])
    let count = try #require(expected["texts"]?.int)
    for (key, skips) in [("withoutSpecial", true), ("withSpecial", false)] {
      var hash = NumberHash()
      for text in Self.random.prefix(count) {
        let ids = tokenizer.encode(text).ids
        hash.add(tokenizer.decode(ids, skipsSpecialTokens: skips))
      }
      #expect(hash.digits == expected[key]?.string, "\(name), \(key)")
    }
  }

  @Test(arguments: thoroughVariants)
  func `texts in many languages have the reference's ids and offsets`(_ name: String) throws {
    guard let texts = try TextFixtures.multilingual() else {
      Fixtures.skip("many languages", because: "the collections xquad and sts are absent")
      return
    }
    let tokenizer = try Self.load(name)
    let expected = try ReferenceHashes(hashes(of: name), "multilingual")
    // All of them take minutes in a debug build.
    let isExhaustive = ProcessInfo.processInfo.environment["SPARROW_EXHAUSTIVE"] != nil
    expected.expectEqual(texts, everyGroup: isExhaustive ? 1 : 25, "\(name)") {
      tokenizer.encode($0)
    }
  }
}

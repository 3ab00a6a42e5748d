import Foundation
import SparrowCore

/// Reads `vocab.txt`, the older form of a BERT vocabulary: one token a line, its id the line's
/// number from 0.
enum VocabularyFile {
  /// The tokenizer that belongs to a vocabulary, in the form of `tokenizer.json`.
  ///
  /// The configuration says whether texts are lower-cased (`do_lower_case`, true when absent), have
  /// their accents stripped (`strip_accents`) and their ideographs separated
  /// (`tokenize_chinese_chars`, true when absent).
  static func tokenizer(
    of file: URL, configuration: TokenizerConfiguration
  ) throws(TextError) -> JSONValue {
    let vocabulary = try vocabulary(of: file)
    let special = { (role: String, usual: String) in configuration.specialTokens[role] ?? usual }
    let unknown = special("unk_token", "[UNK]")
    let first = special("cls_token", "[CLS]")
    let separator = special("sep_token", "[SEP]")
    let tokens = [
      special("pad_token", "[PAD]"), unknown, first, separator, special("mask_token", "[MASK]"),
    ]
    for token in [unknown, first, separator] where vocabulary[token] == nil {
      throw TextError(
        .invalidData, "Expected the special token \"\(token)\" on a line of its own, found none.",
        at: FileLocation(path: file.path))
    }
    return [
      "version": "1.0", "truncation": nil, "padding": nil,
      "added_tokens": .array(
        tokens.compactMap { token in vocabulary[token].map { addedToken(token, id: $0) } }),
      "normalizer": [
        "type": "BertNormalizer", "clean_text": true,
        "handle_chinese_chars": .bool(configuration.separatesIdeographs ?? true),
        "strip_accents": configuration.stripsAccents.map(JSONValue.bool) ?? nil,
        "lowercase": .bool(configuration.lowercases ?? true),
      ],
      "pre_tokenizer": ["type": "BertPreTokenizer"],
      "post_processor": template(
        first: first, vocabulary[first] ?? 0, separator: separator, vocabulary[separator] ?? 0),
      "decoder": ["type": "WordPiece", "prefix": "##", "cleanup": true],
      "model": [
        "type": "WordPiece", "unk_token": .string(unknown), "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100, "vocab": .object(vocabulary),
      ],
    ]
  }

  private static func vocabulary(of file: URL) throws(TextError) -> JSONObject {
    let bytes = [UInt8](try JSONNode.data(of: file))
    var vocabulary = JSONObject()
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    // A newline at the end of the file begins no further line.
    for (index, line) in (lines.last?.isEmpty == true ? lines.dropLast() : lines[...]).enumerated()
    {
      guard let token = String(validating: line, as: UTF8.self) else {
        throw TextError(
          .invalidData, "Expected a token in UTF-8, found bytes that are not.",
          at: FileLocation(path: file.path, line: index + 1))
      }
      let end = token.unicodeScalars.reversed().prefix {
        ScalarProperties.of($0.value).contains(.whitespace)
      }.count
      vocabulary[String(token.unicodeScalars.dropLast(end))] = .integer(Int64(index))
    }
    return vocabulary
  }

  private static func addedToken(_ token: String, id: JSONValue) -> JSONValue {
    [
      "id": id, "content": .string(token), "single_word": false, "lstrip": false, "rstrip": false,
      "normalized": false, "special": true,
    ]
  }

  /// `[CLS] A [SEP]` and `[CLS] A [SEP] B [SEP]`.
  private static func template(
    first: String, _ firstID: JSONValue, separator: String, _ separatorID: JSONValue
  ) -> JSONValue {
    let special = { (token: String, typeID: Int64) -> JSONValue in
      ["SpecialToken": ["id": .string(token), "type_id": .integer(typeID)]]
    }
    let text = { (name: String, typeID: Int64) -> JSONValue in
      ["Sequence": ["id": .string(name), "type_id": .integer(typeID)]]
    }
    let names = { (token: String, id: JSONValue) -> (String, JSONValue) in
      (token, ["id": .string(token), "ids": .array([id]), "tokens": .array([.string(token)])])
    }
    let single = [special(first, 0), text("A", 0), special(separator, 0)]
    return [
      "type": "TemplateProcessing", "single": .array(single),
      "pair": .array(single + [text("B", 1), special(separator, 1)]),
      "special_tokens": .object(
        JSONObject([names(first, firstID), names(separator, separatorID)])),
    ]
  }
}

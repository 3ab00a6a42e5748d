import Foundation
import SparrowCore

/// What a `tokenizer.json` file says, checked.
///
/// Its `truncation` and `padding` members are state that some program left there; they are only kept
/// for saving.
struct TokenizerFile {
  var normalizer: (any Normalizer)?
  var preTokenizer: (any PreTokenizer)?
  var model: any TokenModel
  var postProcessor: PostProcessor
  var decoder: (any Decoder)?
  /// The model's tokens.
  var entries: [VocabularyEntry]
  /// Tokens that are looked for in the text, in order.
  var addedTokens: [AddedToken]
  /// The stored truncation and padding, by the names of `tokenizer_config.json`.
  var storedState = JSONObject()

  /// Reads the members of a file.
  init(_ root: JSONNode) throws(TextError) {
    if let version = try root.optional("version") {
      guard version.value.string == "1.0" else {
        throw version.error(expected: "version \"1.0\"", found: version.value.text())
      }
    }
    normalizer = try root.optional("normalizer").map(NormalizerReader.read)
    preTokenizer = try root.optional("pre_tokenizer").map(PreTokenizerReader.read)
    (model, entries) = try ModelReader.read(root.required("model"))
    postProcessor = try root.optional("post_processor").map(PostProcessorReader.read) ?? .init()
    decoder = try root.optional("decoder").map(DecoderReader.read)
    addedTokens = []
    for node in try root.optional("added_tokens")?.elements() ?? [] {
      addedTokens.append(try Self.addedToken(node))
    }
    storedState = Self.storedState(root)
  }

  /// Takes over what a `tokenizer_config.json` beside the file says.
  ///
  /// Like the reference: its tokens are added where the file has none of that text, and what it says
  /// about BERT's normalisation goes before the file.
  mutating func apply(_ configuration: TokenizerConfiguration) {
    let known = Set(addedTokens.map(\.content.bytes))
    addedTokens += configuration.addedTokens.filter { !known.contains($0.content.bytes) }
    guard var bert = normalizer as? BertNormalizer else { return }
    // Accents follow lower-casing unless one of the two files says otherwise.
    if let lowercases = configuration.lowercases, bert.lowercases != lowercases {
      if bert.stripsAccents == bert.lowercases { bert.stripsAccents = lowercases }
      bert.lowercases = lowercases
    }
    bert.stripsAccents = configuration.stripsAccents ?? bert.stripsAccents
    bert.separatesIdeographs = configuration.separatesIdeographs ?? bert.separatesIdeographs
    normalizer = bert
  }

  /// Reads the stored truncation and padding under the names that `tokenizer_config.json` has.
  private static func storedState(_ root: JSONNode) -> JSONObject {
    var state = JSONObject()
    if let truncation = root.value["truncation"], truncation.object != nil {
      state["max_length"] = truncation["max_length"]
      state["stride"] = truncation["stride"]
      let direction = truncation["direction"]?.string ?? "Right"
      state["truncation_side"] = .string(direction.lowercased())
      let strategies = [
        "LongestFirst": "longest_first", "OnlyFirst": "only_first", "OnlySecond": "only_second",
      ]
      state["truncation_strategy"] = truncation["strategy"]?.string
        .flatMap { strategies[$0] }.map(JSONValue.string)
    }
    if let padding = root.value["padding"], padding.object != nil {
      state["pad_to_multiple_of"] = padding["pad_to_multiple_of"]
      state["pad_token_type_id"] = padding["pad_type_id"]
      state["padding_side"] = padding["direction"]?.string.map { .string($0.lowercased()) }
    }
    return state
  }

  private static func addedToken(_ node: JSONNode) throws(TextError) -> AddedToken {
    AddedToken(
      content: try node.required("content").string(),
      isSingleWord: try node.required("single_word").bool(),
      stripsLeft: try node.required("lstrip").bool(),
      stripsRight: try node.required("rstrip").bool(),
      isNormalized: try node.required("normalized").bool(),
      isSpecial: try node.required("special").bool())
  }
}

/// A token of a model and its id.
struct VocabularyEntry: Sendable, Hashable {
  var token: String
  var id: TokenID
}

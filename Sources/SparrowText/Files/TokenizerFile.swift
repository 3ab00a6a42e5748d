import Foundation
import SparrowCore

/// What a `tokenizer.json` file says, checked.
///
/// Its `truncation` and `padding` members are state that some program left there; they are not used.
struct TokenizerFile {
  var normalizer: (any Normalizer)?
  var preTokenizer: (any PreTokenizer)?
  var model: any TokenModel
  var postProcessor: PostProcessor
  /// The model's tokens.
  var entries: [VocabularyEntry]
  /// Tokens that are looked for in the text, in order.
  var addedTokens: [AddedToken]

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
    addedTokens = []
    for node in try root.optional("added_tokens")?.elements() ?? [] {
      let token = try Self.addedToken(node)
      if !token.content.isEmpty { addedTokens.append(token) }
    }
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

public import Foundation
public import SparrowCore

/// Turns texts into the tokens that a model reads, exactly as Hugging Face's `tokenizers` does.
///
/// A tokenizer comes from a `tokenizer.json` file: it normalises a text, cuts it into pieces, turns
/// each piece into tokens of the vocabulary, and puts special tokens around them.
///
/// ```swift
/// let tokenizer = try Tokenizer(folder: URL(fileURLWithPath: ".models/splade-tiny"))
/// let encoding = tokenizer.encode("hello world")  // [CLS] hello world [SEP]
/// let batch = try tokenizer.encodeBatch(["hello world", "goodbye moon"])
/// ```
public final class Tokenizer: Sendable {
  /// The names of all tokens, added ones included.
  public let vocabulary: Vocabulary
  /// The most tokens of a text with special tokens (`model_max_length`); nil when there is no limit.
  ///
  /// ``TokenizationOptions/maximumLength`` overrides it for one call.
  public let maximumLength: Int?
  /// The end at which long texts are cut unless a call says otherwise.
  public let truncationSide: TruncationSide

  let normalizer: (any Normalizer)?
  let preTokenizer: (any PreTokenizer)?
  let model: any TokenModel
  let postProcessor: PostProcessor
  let decoder: (any Decoder)?
  /// Added tokens that are looked for in the text as it is.
  let literalTokens: AddedTokenMatcher
  /// Added tokens that are looked for in the normalised text.
  let normalizedTokens: AddedTokenMatcher
  /// How added tokens are spelled that are looked for in the normalised text.
  let normalizedSpellings: [TokenID: String]
  /// The special tokens among the added ones.
  let specialTokens: Set<[UInt8]>
  /// The road for plain BERT tokenizers that needs no allocation for a word.
  let scanner: BertScanner?
  let configuration: TokenizerConfiguration
  /// Truncation and padding that `tokenizer.json` stores, kept only for saving.
  let storedState: JSONObject
  /// The bytes of `tokenizer.json`, to be written again as they are.
  let fileData: Data
  private let idsByToken: TokenTable

  /// Loads a tokenizer from a model's folder.
  ///
  /// Reads `tokenizer.json`, or else `vocab.txt` for a WordPiece vocabulary, and in both cases
  /// `tokenizer_config.json` when it is there.
  ///
  /// - Parameter folder: the folder that holds the files.
  /// - Throws: ``TextError`` when neither file is there, when one is broken, or when it asks for a
  ///   part that is not known; the error names file and key.
  public convenience init(folder: URL) throws(TextError) {
    let configurationFile = folder.appendingPathComponent("tokenizer_config.json")
    let file = folder.appendingPathComponent("tokenizer.json")
    let vocabularyFile = folder.appendingPathComponent("vocab.txt")
    let configuration =
      FileManager.default.fileExists(atPath: configurationFile.path)
      ? try TokenizerConfiguration(JSONNode(contentsOf: configurationFile))
      : TokenizerConfiguration()
    if FileManager.default.fileExists(atPath: file.path) {
      try self.init(file: file, configuration: configuration)
    } else if FileManager.default.fileExists(atPath: vocabularyFile.path) {
      let value = try VocabularyFile.tokenizer(of: vocabularyFile, configuration: configuration)
      try self.init(
        JSONNode(value: value, file: vocabularyFile.path, path: ""),
        data: value.data(JSONFormat(indent: 2, escapesNonASCII: false)),
        configuration: configuration)
    } else {
      throw TextError(
        .missing,
        "There is no tokenizer here: expected tokenizer.json or vocab.txt. Check that this is a model's folder.",
        at: FileLocation(path: folder.path))
    }
  }

  /// Loads a tokenizer from a `tokenizer.json` file alone.
  ///
  /// - Parameters:
  ///   - file: the `tokenizer.json` file.
  ///   - maximumLength: the most tokens of a text; the default nil sets no limit.
  /// - Throws: ``TextError`` when the file is missing or broken or asks for an unknown part.
  public convenience init(contentsOf file: URL, maximumLength: Int? = nil) throws(TextError) {
    var configuration = TokenizerConfiguration()
    configuration.maximumLength = maximumLength
    try self.init(file: file, configuration: configuration)
  }

  private convenience init(file: URL, configuration: TokenizerConfiguration) throws(TextError) {
    let data = try JSONNode.data(of: file)
    try self.init(
      JSONNode(parsing: data, file: file.path), data: data, configuration: configuration)
  }

  /// Makes a tokenizer from a parsed file.
  init(
    _ root: JSONNode, data: Data, configuration: TokenizerConfiguration
  ) throws(TextError) {
    var file = try TokenizerFile(root)
    file.apply(configuration)
    let normalizer = file.normalizer
    self.normalizer = normalizer
    storedState = file.storedState
    preTokenizer = file.preTokenizer
    model = file.model
    postProcessor = file.postProcessor
    decoder = file.decoder
    self.configuration = configuration
    maximumLength = configuration.maximumLength
    truncationSide = configuration.truncationSide
    fileData = data
    let lexicon = Lexicon(file)
    vocabulary = lexicon.vocabulary
    idsByToken = lexicon.table
    literalTokens = AddedTokenMatcher(
      lexicon.addedTokens.filter { !$0.token.isNormalized }
        .map { ($0.token, $0.id, $0.token.content) })
    let normalized = lexicon.addedTokens.filter(\.token.isNormalized).map { token, id in
      var text = AlignedText(token.content.unicodeScalars.map(\.value))
      normalizer?.normalize(&text)
      return (token: token, id: id, pattern: text.string)
    }
    normalizedTokens = AddedTokenMatcher(normalized.filter { !$0.pattern.isEmpty })
    normalizedSpellings = Dictionary(
      normalized.map { ($0.id, $0.pattern) }, uniquingKeysWith: { $1 })
    specialTokens = Set(lexicon.addedTokens.filter(\.token.isSpecial).map(\.token.content.bytes))
    scanner =
      normalizedTokens.isEmpty
      ? BertScanner(
        normalizer: normalizer, preTokenizer: file.preTokenizer, model: file.model)
      : nil
  }

  /// The id of a token, spelled as in the vocabulary; nil when there is no such token.
  public func id(of token: String) -> TokenID? { idsByToken.find(token.bytes) }

  /// The id of the padding token, when the tokenizer has one.
  public var padID: TokenID? { specialID("pad_token") }
  /// The id of the token for unknown words, when the tokenizer has one.
  public var unknownID: TokenID? { specialID("unk_token") ?? model.unknownID }
  /// The id of the token that begins a text and stands for all of it (`[CLS]`).
  public var clsID: TokenID? { specialID("cls_token") }
  /// The id of the token that ends a text (`[SEP]`).
  public var sepID: TokenID? { specialID("sep_token") }
  /// The id of the token that hides a word in masked-language training (`[MASK]`).
  public var maskID: TokenID? { specialID("mask_token") }
  /// The id of the token that begins a sequence (`<s>`).
  public var bosID: TokenID? { specialID("bos_token") }
  /// The id of the token that ends a sequence (`</s>`).
  public var eosID: TokenID? { specialID("eos_token") }

  /// A special token by its role in `tokenizer_config.json`, or else by the usual spellings.
  private func specialID(_ role: String) -> TokenID? {
    if let token = configuration.specialTokens[role] { return id(of: token) }
    for token in Self.usualSpellings[role] ?? [] {
      if let id = id(of: token) { return id }
    }
    return nil
  }

  private static let usualSpellings = [
    "pad_token": ["[PAD]", "<pad>"], "cls_token": ["[CLS]", "<s>"],
    "sep_token": ["[SEP]", "</s>"], "mask_token": ["[MASK]", "<mask>"],
    "bos_token": ["<s>"], "eos_token": ["</s>"],
  ]
}

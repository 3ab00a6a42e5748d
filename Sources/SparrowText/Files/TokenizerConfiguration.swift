import SparrowCore

/// What a `tokenizer_config.json` file says beside the tokenizer itself.
struct TokenizerConfiguration: Sendable {
  /// The file's members; empty when there is no such file.
  var members = JSONObject()
  /// The most tokens of a text (`model_max_length`); nil when there is no limit.
  var maximumLength: Int?
  var truncationSide = TruncationSide.right
  /// Special tokens by their role, such as `cls_token`.
  var specialTokens: [String: String] = [:]
  /// Tokens that are looked for in the text, in order.
  var addedTokens: [AddedToken] = []
  /// What the file says about BERT's normalisation, where it says anything.
  var lowercases: Bool?
  var stripsAccents: Bool?
  var separatesIdeographs: Bool?

  /// The roles that a special token can have.
  private static let roles = [
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
  ]

  /// The configuration of a tokenizer without such a file.
  init() {}

  /// Reads a file.
  init(_ root: JSONNode) throws(TextError) {
    guard let members = root.value.object else { throw root.error(expected: "an object") }
    self.members = members
    if let length = try root.optional("model_max_length") {
      maximumLength = try Self.length(length)
    }
    if let side = try root.optional("truncation_side") {
      guard let known = TruncationSide(rawValue: try side.string()) else {
        throw side.error(expected: "\"left\" or \"right\"", found: side.value.text())
      }
      truncationSide = known
    }
    lowercases = try root.optional("do_lower_case")?.bool()
    stripsAccents = try root.optional("strip_accents")?.bool()
    separatesIdeographs = try root.optional("tokenize_chinese_chars")?.bool()
    try readAddedTokens(root)
  }

  /// Reads a length; 10^30 and other numbers beyond all memory stand for none.
  private static func length(_ node: JSONNode) throws(TextError) -> Int? {
    guard let number = node.value.double else { throw node.error(expected: "a number") }
    guard number >= 1 else {
      throw node.error(expected: "a length of at least 1", found: node.value.text())
    }
    return number < 1e15 ? Int(number) : nil
  }

  /// Reads the tokens that the file lists by id, by role, and as further special tokens.
  private mutating func readAddedTokens(_ root: JSONNode) throws(TextError) {
    var listed: [(id: Int, token: AddedToken)] = []
    for (key, node) in try root.optional("added_tokens_decoder")?.members() ?? [] {
      guard let id = Int(key) else {
        throw node.error(expected: "a token id as the key", found: "\"\(key)\"")
      }
      listed.append((id, try Self.addedToken(node, isSpecial: false)))
    }
    addedTokens = listed.sorted { $0.id < $1.id }.map(\.token)
    for role in Self.roles {
      guard let node = try root.optional(role) else { continue }
      let token = try Self.addedToken(node, isSpecial: true)
      specialTokens[role] = token.content
      add(token)
    }
    for key in ["additional_special_tokens", "extra_special_tokens"] {
      guard let node = try root.optional(key) else { continue }
      let nodes = node.value.object == nil ? try node.elements() : try node.members().map(\.node)
      for node in nodes { add(try Self.addedToken(node, isSpecial: true)) }
    }
  }

  /// Adds a special token unless a listed one already describes it.
  private mutating func add(_ token: AddedToken) {
    let content = token.content.bytes
    if !addedTokens.contains(where: { $0.content.bytes == content }) { addedTokens.append(token) }
  }

  /// Reads a token that is written as a string or, in full, as an object.
  private static func addedToken(
    _ node: JSONNode, isSpecial: Bool
  ) throws(TextError) -> AddedToken {
    guard node.value.object != nil else {
      return AddedToken(content: try node.string(), isSpecial: isSpecial)
    }
    return AddedToken(
      content: try node.required("content").string(),
      isSingleWord: try node.optional("single_word")?.bool() ?? false,
      stripsLeft: try node.optional("lstrip")?.bool() ?? false,
      stripsRight: try node.optional("rstrip")?.bool() ?? false,
      isNormalized: try node.optional("normalized")?.bool() ?? false,
      isSpecial: try node.optional("special")?.bool() ?? isSpecial)
  }
}

import Foundation
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

  /// The roles that a special token can have.
  static let roles = [
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
    for role in Self.roles {
      guard let node = try root.optional(role) else { continue }
      // Older files write the whole description of the added token.
      specialTokens[role] =
        node.value.object == nil ? try node.string() : try node.required("content").string()
    }
  }

  /// Reads a length; 10^30 and other numbers beyond all memory stand for none.
  private static func length(_ node: JSONNode) throws(TextError) -> Int? {
    guard let number = node.value.double else { throw node.error(expected: "a number") }
    guard number >= 1 else {
      throw node.error(expected: "a length of at least 1", found: node.value.text())
    }
    return number < 1e15 ? Int(number) : nil
  }
}

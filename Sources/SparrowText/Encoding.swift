public import SparrowCore

/// The tokens of one text or of a pair, with where each comes from.
public struct Encoding: Sendable, Hashable {
  /// The tokens' positions in the vocabulary.
  public var ids: [TokenID] = []
  /// 0 for the first text and 1 for the second, as the tokenizer's template has it.
  public var typeIDs: [Int32] = []
  /// The stretch of its text that each token covers, in Unicode scalars; empty at 0 for special
  /// tokens that were put around the texts.
  public var offsets: [Range<Int>] = []
  /// True for special tokens that were put around the texts.
  public var specialTokensMask: [Bool] = []
  /// The vocabulary that names the tokens.
  private let vocabulary: Vocabulary

  /// Makes an encoding without tokens.
  init(vocabulary: Vocabulary) { self.vocabulary = vocabulary }

  /// The number of tokens.
  public var count: Int { ids.count }

  /// The tokens as the vocabulary spells them.
  public var tokens: [String] { ids.map { vocabulary[$0] ?? "" } }

  /// Compares the tokens; the vocabulary that names them does not count.
  public static func == (left: Encoding, right: Encoding) -> Bool {
    left.ids == right.ids && left.typeIDs == right.typeIDs && left.offsets == right.offsets
      && left.specialTokensMask == right.specialTokensMask
  }

  /// Hashes the tokens without the vocabulary.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(ids)
    hasher.combine(typeIDs)
    hasher.combine(offsets)
  }
}

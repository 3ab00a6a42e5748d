/// The names of a space's dimensions: token `i` is the term of weight `i`.
public struct Vocabulary: Sendable {
  /// Terms by position; an empty string marks a position without a token.
  public let tokens: [String]

  /// Makes a vocabulary from its terms in order.
  public init(tokens: [String]) { self.tokens = tokens }

  /// The number of positions, `V`.
  public var count: Int { tokens.count }

  /// The term at a position, nil when it lies outside or is unnamed.
  public subscript(index: TokenID) -> String? {
    guard Int(index) < tokens.count else { return nil }
    let token = tokens[Int(index)]
    return token.isEmpty ? nil : token
  }
}

/// A named weight of a sparse vector.
public struct TermWeight: Sendable, Hashable {
  /// The term, as the vocabulary spells it (word pieces keep their `##`).
  public let term: String
  /// The weight.
  public let weight: Float

  /// Makes a named weight.
  public init(term: String, weight: Float) {
    self.term = term
    self.weight = weight
  }
}

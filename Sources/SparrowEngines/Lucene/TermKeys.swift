public import SparrowCore

/// How dimensions are named in engines whose vectors have words as keys.
public enum TermKeys: Sendable {
  /// By their number: every engine takes them.
  case numbers
  /// By the vocabulary's tokens, as the reference's helpers do.
  ///
  /// Tokens with dots are refused: some versions take them for paths.
  case tokens(Vocabulary)

  /// The key of a dimension.
  ///
  /// - Throws: ``EngineError`` of kind `invalid` when it has no name that can be used.
  func key(_ index: TokenID) throws(EngineError) -> String {
    guard case .tokens(let vocabulary) = self else { return String(index) }
    guard let token = vocabulary[index], !token.isEmpty, !token.contains(".") else {
      throw EngineError(
        .invalid,
        "Dimension \(index) has no token that can be a key (\"\(vocabulary[index] ?? "")\"). Use numbers as keys."
      )
    }
    return token
  }
}

/// Reads vectors whose keys were made by ``TermKeys``.
struct TermKeyReader: Sendable {
  private let indexOfToken: [String: TokenID]?

  init(_ keys: TermKeys) {
    indexOfToken =
      switch keys {
      case .numbers: nil
      case .tokens(let vocabulary):
        Dictionary(
          vocabulary.tokens.enumerated().map { ($0.element, TokenID($0.offset)) },
          uniquingKeysWith: { first, _ in first })
      }
  }

  /// A vector of an answer; empty when there is none.
  ///
  /// - Throws: ``EngineError`` when a key is unknown or a weight no number.
  func vector(_ json: JSONValue?) throws(EngineError) -> SparseVector {
    var pairs: [(TokenID, Float)] = []
    for (key, value) in json?.object?.members.map({ $0 }) ?? [] {
      let index = if let indexOfToken { indexOfToken[key] } else { TokenID(key) }
      guard let index, let weight = value.double else {
        throw EngineError(
          .internalError, "A vector in the engine's answer has the unexpected member \"\(key)\".")
      }
      pairs.append((index, Float(weight)))
    }
    pairs.sort { $0.0 < $1.0 }
    return SparseVector(
      uncheckedDimension: EnginePage.dimension, indices: pairs.map(\.0), values: pairs.map(\.1))
  }
}

public import SparrowCore

extension Tokenizer {
  /// Turns tokens back into text.
  ///
  /// The text need not equal the one that was encoded: normalisation is not undone.
  ///
  /// - Parameters:
  ///   - ids: positions in the vocabulary; those that name no token are left out.
  ///   - skipsSpecialTokens: leaves out special tokens such as `[CLS]`; the default is true.
  /// - Returns: the text.
  public func decode(_ ids: some Sequence<TokenID>, skipsSpecialTokens: Bool = true) -> String {
    let tokens = ids.compactMap { id -> String? in
      guard let token = normalizedSpellings[id] ?? vocabulary[id] else { return nil }
      return skipsSpecialTokens && specialTokens.contains(token.bytes) ? nil : token
    }
    guard let decoder else { return tokens.joined(separator: " ") }
    return decoder.decode(tokens).joined()
  }
}

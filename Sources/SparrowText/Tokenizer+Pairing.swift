import SparrowCore

extension Tokenizer {
  /// Puts texts that were tokenised apart together as pairs.
  ///
  /// The result is that of ``encodeBatch(_:options:)-([TokenizerInput],_)`` for the pairs' texts, for
  /// the price of copying: training a cross-encoder pairs every query with several documents, each of
  /// which is tokenised once.
  ///
  /// - Parameters:
  ///   - pairs: the places of a first and a second text.
  ///   - firsts: texts tokenised whole and without special tokens.
  ///   - seconds: likewise.
  ///   - options: maximum length, special tokens, side of truncation.
  /// - Returns: one text for each pair, in their order.
  public func pairing(
    _ pairs: [(first: Int, second: Int)], of firsts: TokenBatch, with seconds: TokenBatch,
    options: TokenizationOptions = .init()
  ) -> TokenBatch {
    let plan = EncodingPlan(self, options, isPair: true)
    var batch = TokenBatch()
    for pair in pairs {
      let first = firsts.ids(ofText: pair.first)
      let second = seconds.ids(ofText: pair.second)
      let kept = plan.keep(first: first.count, second: second.count)
      for part in plan.parts {
        switch part {
        case .special(let ids, let typeID): batch.append(ids: ids[...], typeID: typeID)
        case .text(false, let typeID): batch.append(ids: first[kept.first], typeID: typeID)
        case .text(true, let typeID): batch.append(ids: second[kept.second], typeID: typeID)
        }
      }
      batch.endText()
    }
    return batch
  }
}

extension TokenBatch {
  fileprivate func ids(ofText text: Int) -> [TokenID] {
    tokenIDs[range(ofText: text)].map { TokenID(truncatingIfNeeded: $0) }
  }
}

import SparrowCore

extension Tokenizer {
  /// Turns a text or a pair into tokens, with the stretch of text that each token covers.
  ///
  /// For ids alone, ``encodeBatch(_:options:)-([TokenizerInput],_)`` is many times faster.
  ///
  /// - Parameters:
  ///   - text: the text; may be empty.
  ///   - pair: a second text that is read together with the first.
  ///   - options: maximum length, special tokens, side of truncation.
  /// - Returns: the tokens, special ones included.
  public func encode(
    _ text: String, pair: String? = nil, options: TokenizationOptions = .init()
  ) -> Encoding {
    let plan = EncodingPlan(self, options, isPair: pair != nil)
    var workspace = ModelWorkspace()
    let first = tokens(of: text, plan, &workspace)
    let second = pair.map { tokens(of: $0, plan, &workspace) }
    let kept = plan.keep(first: first.count, second: second?.count)
    var encoding = Encoding(vocabulary: vocabulary)
    for part in plan.parts {
      switch part {
      case .special(let ids, let typeID):
        for id in ids { encoding.append(id, typeID, 0..<0, isSpecial: true) }
      case .text(let isSecond, let typeID):
        let tokens = isSecond ? second?[kept.second] ?? [] : first[kept.first]
        for token in trimmed(tokens, of: isSecond ? pair ?? "" : text) {
          encoding.append(token.id, typeID, token.range, isSpecial: false)
        }
      }
    }
    return encoding
  }

  /// The tokens of one text with their stretches of it, before truncation; tokens that cannot be kept
  /// may be absent.
  func tokens(
    of text: String, _ plan: EncodingPlan, _ workspace: inout ModelWorkspace
  ) -> [PlacedToken] {
    let cut = pieces(of: text)
    let isBackward = plan.side == .left
    var result: [PlacedToken] = []
    for index in cut.pieces.indices {
      let piece = cut.pieces[isBackward ? cut.pieces.count - 1 - index : index]
      let start = result.count
      if let id = piece.token {
        result.append(PlacedToken(id: id, range: piece.range, isAdded: true))
      } else {
        model.tokenize(cut.text.scalars, piece.range, &workspace, into: &result)
      }
      // Pieces are read from the end that is kept; each is turned round, and all of it at the end.
      if isBackward { result[start...].reverse() }
      if result.count >= plan.enough { break }
    }
    if isBackward { result.reverse() }
    for index in result.indices { result[index].range = cut.text.original(of: result[index].range) }
    return result
  }

  /// Tokens without the white space that the post-processor takes off them.
  private func trimmed(_ tokens: ArraySlice<PlacedToken>, of text: String) -> [PlacedToken] {
    guard let trimming = postProcessor.trimming else { return Array(tokens) }
    let scalars = tokens.contains(where: \.isAdded) ? text.unicodeScalars.map(\.value) : []
    return tokens.enumerated().map { index, token in
      var token = token
      // An added token is spelled by the text that it covers, which may include white space.
      let spelling =
        token.isAdded
        ? scalars[token.range]
        : (vocabulary[token.id] ?? "").unicodeScalars.map(\.value)[...]
      token.range = trimming.trim(token.range, of: spelling, isFirst: index == 0)
      return token
    }
  }

  /// Normalises a text and cuts it into pieces: added tokens and what lies between them.
  func pieces(of text: String) -> PreTokenizedText {
    var result = PreTokenizedText()
    text.withUTF8Bytes { bytes in
      var offset = 0
      literalTokens.forEachPiece(of: bytes) { range, token in
        var section = AlignedText(bytes.scalars(of: range), offset: offset)
        offset += section.count
        if let token {
          result.append(section, token: token)
        } else {
          normalizer?.normalize(&section)
          appendCutting(section, to: &result)
        }
        return true
      }
    }
    preTokenizer?.preTokenize(&result)
    return result
  }

  /// Appends normalised text, cut at the added tokens that are looked for there.
  private func appendCutting(_ section: AlignedText, to result: inout PreTokenizedText) {
    guard !normalizedTokens.isEmpty else {
      result.append(section, token: nil)
      return
    }
    let bytes = section.string.bytes
    var start = 0
    normalizedTokens.forEachPiece(of: bytes.span) { range, token in
      let end = start + bytes[range].count { $0 & 0xC0 != 0x80 }
      result.append(section[start..<end], token: token)
      start = end
      return true
    }
  }
}

extension Encoding {
  fileprivate mutating func append(
    _ id: TokenID, _ typeID: Int32, _ offsets: Range<Int>, isSpecial: Bool
  ) {
    ids.append(id)
    typeIDs.append(typeID)
    self.offsets.append(offsets)
    specialTokensMask.append(isSpecial)
  }
}

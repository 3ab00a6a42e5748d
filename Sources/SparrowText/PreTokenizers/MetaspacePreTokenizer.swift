/// Writes spaces as a visible mark and cuts before each mark (SentencePiece).
struct MetaspacePreTokenizer: PreTokenizer {
  /// Which pieces get a mark in front when they do not begin with one.
  enum Prefix: String, CaseIterable {
    case always
    /// Only the piece with which the text begins.
    case first
    case never
  }

  /// The mark, `U+2581` in all known models.
  let mark: UInt32
  var prefix = Prefix.always
  var cutsWords = true

  func preTokenize(_ text: inout PreTokenizedText) {
    text.rewrite { text, range, result in
      var section = text[range]
      section.map { $0 == 0x20 ? mark : $0 }
      let isAtStart = section.original(of: 0..<1).lowerBound == 0
      if prefix == .always || prefix == .first && isAtStart, section.scalars[0] != mark {
        section.prepend([mark])
      }
      let start = result.text.count
      result.text.append(section)
      var wordStart = start
      if cutsWords {
        for index in start..<result.text.count
        where index > wordStart && result.text.scalars[index] == mark {
          result.pieces.append(.init(range: wordStart..<index))
          wordStart = index
        }
      }
      result.endPiece(from: wordStart)
    }
  }
}

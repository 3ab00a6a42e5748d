/// Cuts at white space, which is dropped, and around each punctuation mark.
struct BertPreTokenizer: PreTokenizer {
  func preTokenize(_ text: inout PreTokenizedText) {
    text.split { scalars, range, keep in
      var start = range.lowerBound
      for index in range {
        let properties = ScalarProperties.of(scalars[index])
        guard properties.contains(.whitespace) || properties.contains(.punctuation) else {
          continue
        }
        keep(start..<index)
        if !properties.contains(.whitespace) { keep(index..<(index + 1)) }
        start = index + 1
      }
      keep(start..<range.upperBound)
    }
  }
}

/// Several pre-tokenisers, each cutting the pieces of the one before.
struct PreTokenizerSequence: PreTokenizer {
  let preTokenizers: [any PreTokenizer]

  func preTokenize(_ text: inout PreTokenizedText) {
    for preTokenizer in preTokenizers { preTokenizer.preTokenize(&text) }
  }
}

/// Cuts at what a pattern finds.
struct SplitPreTokenizer: PreTokenizer {
  let splitter: Splitter

  func preTokenize(_ text: inout PreTokenizedText) { text.split(splitter.cut) }
}

/// Cuts into stretches of equally many scalars; the last may be shorter.
struct FixedLengthPreTokenizer: PreTokenizer {
  let length: Int

  func preTokenize(_ text: inout PreTokenizedText) {
    text.split { _, range, keep in
      for start in stride(from: range.lowerBound, to: range.upperBound, by: length) {
        keep(start..<min(start + length, range.upperBound))
      }
    }
  }
}

/// Cuts into words and spells each by the characters that stand for its bytes (GPT-2).
struct ByteLevelPreTokenizer: PreTokenizer {
  /// Puts a space in front of a piece that does not begin with one.
  var addsPrefixSpace = true
  /// Cuts by GPT-2's regular expression; otherwise only spells.
  var cutsWords = true

  func preTokenize(_ text: inout PreTokenizedText) {
    let scanner = WordScanner(.gpt2)
    text.rewrite { text, range, result in
      var section = text
      var range = range
      if addsPrefixSpace, text.scalars[range.lowerBound] != 0x20 {
        section = text[range]
        section.prepend([0x20])
        range = 0..<section.count
      }
      func append(_ word: Range<Int>) {
        let start = result.text.count
        for index in word {
          ByteAlphabet.forEachCharacter(of: section.scalars[index]) { character in
            result.text.append(character, as: index, of: section)
          }
        }
        result.endPiece(from: start)
      }
      if cutsWords {
        scanner.forEachMatch(in: section.scalars, range, append)
      } else {
        append(range)
      }
    }
  }
}

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

/// Cuts into words and spells each by the characters that stand for its bytes (GPT-2).
struct ByteLevelPreTokenizer: PreTokenizer {
  /// Puts a space in front of a piece that does not begin with one.
  var addsPrefixSpace = true
  /// Cuts by GPT-2's regular expression; otherwise only spells.
  var cutsWords = true

  func preTokenize(_ text: inout PreTokenizedText) {
    let scanner = WordScanner(.gpt2)
    text.rewrite { text, range, result in
      if addsPrefixSpace, text.scalars[range.lowerBound] != 0x20 {
        var section = text[range]
        section.prepend([0x20])
        spell(section, 0..<section.count, scanner, to: &result)
      } else {
        spell(text, range, scanner, to: &result)
      }
    }
  }

  private func spell(
    _ text: AlignedText, _ range: Range<Int>, _ scanner: WordScanner,
    to result: inout PreTokenizedText
  ) {
    guard cutsWords else {
      spell(text, range, to: &result)
      return
    }
    scanner.forEachMatch(in: text.scalars, range) { word in spell(text, word, to: &result) }
  }

  /// Appends a piece, spelled by the characters of its bytes.
  private func spell(
    _ text: AlignedText, _ word: Range<Int>, to result: inout PreTokenizedText
  ) {
    let start = result.text.count
    for index in word {
      ByteAlphabet.forEachCharacter(of: text.scalars[index]) { character in
        result.text.append(character, as: index, of: text)
      }
    }
    result.endPiece(from: start)
  }
}

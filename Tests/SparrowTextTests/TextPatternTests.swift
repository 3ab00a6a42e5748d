import SparrowCore
import Testing

@testable import SparrowText

@Suite struct TextPatternTests {
  private func matches(_ pattern: any TextPattern, _ text: String) -> [String] {
    let scalars = text.unicodeScalars.map(\.value)
    var result: [String] = []
    pattern.forEachMatch(in: scalars, 0..<scalars.count) { range in
      result.append(AlignedText(Array(scalars[range])).string)
    }
    return result
  }

  @Test(arguments: [
    (" {2,}", "a  b c   d", ["  ", "   "]), ("\\s+", "a \n b", [" \n "]),
    ("\\p{N}{1,3}", "12345 6", ["123", "45", "6"]), ("[\\r\\n]", "a\r\n", ["\r", "\n"]),
    ("[^\\s]{2}", "abc d ef", ["ab", "ef"]), ("-", "--", ["-", "-"]), ("\\.+", "a..b", [".."]),
    ("[ab]+", "aabcb", ["aab", "b"]),
  ])
  func `runs of one class are found`(_ pattern: String, _ text: String, _ expected: [String]) throws
  {
    #expect(matches(try #require(RunPattern(expression: pattern)), text) == expected)
  }

  @Test(arguments: [
    ("Hello  world's", ["Hello", " ", " world", "'s"]), ("a\n\n b", ["a", "\n\n", " b"]),
    ("x  ", ["x", "  "]), ("it'S 12ab!?", ["it", "'", "S", " 12", "ab", "!?"]), ("", []),
    ("\u{3000} é", ["\u{3000}", " é"]),
  ])
  func `GPT-2's words are found`(_ text: String, _ expected: [String]) {
    #expect(matches(WordScanner(.gpt2), text) == expected)
  }

  @Test(arguments: [
    ("Hello  world'S", ["Hello", " ", " world", "'S"]), ("a\n\n b", ["a", "\n\n", " b"]),
    ("12345", ["123", "45"]), ("(foo)!\n\nbar", ["(foo", ")!\n\n", "bar"]),
    ("x \n \t y", ["x", " \n", " \t", " y"]), ("you'll'ſ", ["you", "'ll", "'ſ"]),
  ])
  func `cl100k's words are found`(_ text: String, _ expected: [String]) {
    #expect(matches(WordScanner(.cl100k(digitCount: 3)), text) == expected)
  }

  @Test(arguments: [
    (SplitBehavior.removed, ["the", "final", "", "countdown"]),
    (.isolated, ["the", "-", "final", "-", "-", "countdown"]),
    (.mergedWithPrevious, ["the-", "final-", "-", "countdown"]),
    (.mergedWithNext, ["the", "-final", "-", "-countdown"]),
    (.contiguous, ["the", "-", "final", "--", "countdown"]),
  ])
  func `matches are kept as the behaviour says`(
    _ behavior: SplitBehavior, _ expected: [String]
  ) {
    let scalars = "the-final--countdown".unicodeScalars.map(\.value)
    let splitter = Splitter(pattern: LiteralPattern(content: [0x2D]), behavior: behavior)
    var pieces: [String] = []
    splitter.cut(scalars, 0..<scalars.count) { range in
      pieces.append(AlignedText(Array(scalars[range])).string)
    }
    #expect(pieces.filter { !$0.isEmpty } == expected.filter { !$0.isEmpty })
  }
}

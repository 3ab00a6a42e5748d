import SparrowCore
import Testing

@testable import SparrowText

@Suite struct ScalarTrieTests {
  @Test func `a trie finds what was inserted`() {
    var trie = ScalarTrie()
    let words = (0..<3000).map { "wort\($0 * 7919 % 10_007)" }
    for (id, word) in words.enumerated() {
      trie.insert(word.unicodeScalars.map(\.value), TokenID(id))
    }
    for (id, word) in words.enumerated() {
      #expect(trie.find(word.unicodeScalars.map(\.value)) == TokenID(id))
    }
    #expect(trie.find("wort".unicodeScalars.map(\.value)) == nil)
    #expect(trie.find("x".unicodeScalars.map(\.value)) == nil)
  }
}

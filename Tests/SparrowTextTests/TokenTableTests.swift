import SparrowCore
import Testing

@testable import SparrowText

@Suite struct TokenTableTests {
  @Test func `tokens are found by their bytes alone`() {
    let tokens = ["", "a", "ab", "\u{C5}", "\u{212B}", "A\u{30A}"] + (0..<500).map { "token\($0)" }
    let table = TokenTable(
      tokens.enumerated().map { (token: $0.element.bytes, id: TokenID($0.offset)) })
    for (id, token) in tokens.enumerated() { #expect(table.find(token.bytes) == TokenID(id)) }
    #expect(table.find("token500".bytes) == nil)
    #expect(table.longestByteCount == 8)
  }

  @Test func `of repeated tokens the last counts`() {
    let entries: [(token: [UInt8], id: TokenID)] = [("a".bytes, 1), ("a".bytes, 2)]
    let table = TokenTable(entries)
    #expect(table.find("a".bytes) == 2)
    #expect(TokenTable([(token: [UInt8], id: TokenID)]()).find("a".bytes) == nil)
  }
}

import SparrowCore
import Testing

@testable import SparrowText

@Suite struct TokenBatchTests {
  @Test func `texts are packed one after another`() {
    var batch = TokenBatch()
    batch.append(ids: [5, 6], typeID: 0)
    batch.append(ids: [7], typeID: 1)
    batch.endText()
    batch.endText()
    batch.append(ids: [8], typeID: 0)
    batch.endText()
    #expect(batch.tokenIDs == [5, 6, 7, 8])
    #expect(batch.positions == [0, 1, 2, 0])
    #expect(batch.typeIDs == [0, 0, 1, 0])
    #expect(batch.cumulativeLengths == [0, 3, 3, 4])
    #expect(batch.textCount == 3)
    #expect(batch.longestTextCount == 3)
    #expect(batch.range(ofText: 2) == 3..<4)
    #expect(TokenBatch().longestTextCount == 0)
  }

  @Test func `batches are joined and put into another order`() {
    var first = TokenBatch()
    first.append(ids: [1, 2], typeID: 0)
    first.endText()
    var second = TokenBatch()
    second.append(ids: [3], typeID: 1)
    second.endText()
    first.append(contentsOf: second)
    #expect(first.cumulativeLengths == [0, 2, 3])
    #expect(first.positions == [0, 1, 0])
    let turned = first.selectingTexts([1, 0])
    #expect(turned.tokenIDs == [3, 1, 2])
    #expect(turned.typeIDs == [1, 0, 0])
    #expect(turned.positions == [0, 0, 1])
    #expect(turned.cumulativeLengths == [0, 1, 3])
  }
}

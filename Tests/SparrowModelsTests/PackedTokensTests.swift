import SparrowTensor
import SparrowTestSupport
import SparrowText
import Testing

@testable import SparrowModels

@Suite struct PackedTokensTests {
  @Test func `round numbers of rows are few and near`() {
    #expect(PackedTokens.roundedRowCount(0) == 0)
    #expect(PackedTokens.roundedRowCount(1) == 16)
    #expect(PackedTokens.roundedRowCount(16) == 16)
    #expect(PackedTokens.roundedRowCount(4097) == 4352)
    for count in 256...20_000 {
      let rounded = PackedTokens.roundedRowCount(count)
      #expect(rounded >= count && rounded - count < (count + 15) / 16)
    }
    #expect(Set((4096...8191).map(PackedTokens.roundedRowCount)).count == 17)
  }
}

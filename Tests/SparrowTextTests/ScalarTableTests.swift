import SparrowCore
import Testing

@testable import SparrowText

@Suite struct ScalarTableTests {
  @Test func `blocks that share a page part when one of them changes`() {
    var table = ScalarTable<Int>(0)
    table.update(0xF900...0xFBFF) { $0 += 1 }
    table.update(0xFA10...0xFA1F) { $0 += 10 }
    table.update(0xF900...0xFAFF) { $0 += 100 }
    #expect(table[0xF910] == 101)
    #expect(table[0xFA10] == 111)
    #expect(table[0xFA20] == 101)
    #expect(table[0xFB10] == 1)
    #expect(table[0xF8FF] == 0)
    #expect(table[0xFC00] == 0)
    #expect(table[0x10FFFF] == 0)
  }

  @Test func `a table equals a plain list after many changes`() {
    var generator = SplitMix64(seed: 5)
    var table = ScalarTable<UInt32>(1)
    var list = [UInt32](repeating: 1, count: 0x3000)
    for step in 0..<200 {
      let start = UInt32(generator.below(0x2800))
      let end = min(0x2FFF, start + UInt32(generator.below(0x500)))
      let isAligned = step % 3 == 0
      let range = isAligned ? (start & ~0xFF)...(end | 0xFF) : start...end
      table.update(range) { $0 = $0 &* 31 &+ UInt32(step) }
      for scalar in range { list[Int(scalar)] = list[Int(scalar)] &* 31 &+ UInt32(step) }
    }
    let wrong = list.indices.filter { table[UInt32($0)] != list[$0] }
    #expect(wrong.isEmpty)
  }
}

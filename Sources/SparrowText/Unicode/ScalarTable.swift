/// A value for every Unicode scalar, kept in pages of 256 that equal stretches share.
struct ScalarTable<Value: Sendable>: Sendable {
  private var pages: [UInt16]
  private var values: [Value]
  /// How many blocks use each page.
  private var useCounts: [Int]

  private static var blockCount: Int { 0x110000 >> 8 }

  /// Makes a table that holds `background` everywhere.
  init(_ background: Value) {
    pages = Array(repeating: 0, count: Self.blockCount)
    values = Array(repeating: background, count: 256)
    useCounts = [Self.blockCount]
  }

  /// The value of a scalar, which must be below `0x110000`.
  @inline(__always)
  subscript(scalar: UInt32) -> Value {
    values[Int(pages[Int(scalar >> 8)]) << 8 | Int(scalar & 0xFF)]
  }

  /// Changes the values of a range of scalars.
  mutating func update(_ range: ClosedRange<UInt32>, _ change: (inout Value) -> Void) {
    // Blocks that shared a page and are changed from end to end share the changed page.
    var changed: [UInt16: UInt16] = [:]
    var scalar = range.lowerBound
    while scalar <= range.upperBound {
      let block = Int(scalar >> 8)
      let last = min(scalar | 0xFF, range.upperBound)
      let page = pages[block]
      let isWhole = scalar & 0xFF == 0 && last & 0xFF == 0xFF
      if isWhole, let shared = changed[page] {
        use(shared, for: block)
      } else {
        if useCounts[Int(page)] > 1 { copyPage(for: block) }
        for offset in scalar...last { change(&values[Int(pages[block]) << 8 | Int(offset & 0xFF)]) }
        if isWhole { changed[page] = pages[block] }
      }
      scalar = last + 1
    }
  }

  private mutating func copyPage(for block: Int) {
    let start = Int(pages[block]) << 8
    values.append(contentsOf: values[start..<(start + 256)])
    useCounts.append(0)
    use(UInt16(useCounts.count - 1), for: block)
  }

  private mutating func use(_ page: UInt16, for block: Int) {
    useCounts[Int(pages[block])] -= 1
    pages[block] = page
    useCounts[Int(page)] += 1
  }
}

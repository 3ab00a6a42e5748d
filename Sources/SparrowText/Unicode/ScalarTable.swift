/// A value for every Unicode scalar, kept in pages of 256 that equal stretches share.
struct ScalarTable<Value: Sendable>: Sendable {
  private var pages: [UInt16]
  private var values: [Value]

  private static var pageCount: Int { 0x110000 >> 8 }

  /// Makes a table that holds `background` everywhere.
  init(_ background: Value) {
    pages = Array(repeating: 0, count: Self.pageCount)
    values = Array(repeating: background, count: 256)
  }

  /// The value of a scalar, which must be below `0x110000`.
  @inline(__always)
  subscript(scalar: UInt32) -> Value {
    values[Int(pages[Int(scalar >> 8)]) << 8 | Int(scalar & 0xFF)]
  }

  /// Changes the values of a range of scalars.
  mutating func update(_ range: ClosedRange<UInt32>, _ change: (inout Value) -> Void) {
    var fullPage: UInt16?
    var scalar = range.lowerBound
    while scalar <= range.upperBound {
      let block = Int(scalar >> 8)
      let lastOfBlock = scalar | 0xFF
      let coversBlock = scalar & 0xFF == 0 && lastOfBlock <= range.upperBound
      if coversBlock, pages[block] == 0, let fullPage {
        pages[block] = fullPage
      } else {
        let isUntouched = pages[block] == 0
        if isUntouched { addPage(for: block) }
        for offset in scalar...min(lastOfBlock, range.upperBound) {
          change(&values[Int(pages[block]) << 8 | Int(offset & 0xFF)])
        }
        if coversBlock, isUntouched { fullPage = pages[block] }
      }
      scalar = lastOfBlock + 1
    }
  }

  private mutating func addPage(for block: Int) {
    pages[block] = UInt16(values.count >> 8)
    values.append(contentsOf: values[0..<256])
  }
}

/// Numbers the distinct texts of a dataset, so that rows can be compared by numbers.
///
/// Texts are told apart by a 128-bit hash of their bytes. Among ten million distinct texts the chance that
/// any two share one is about 10⁻²⁵.
struct ValueTable: Sendable {
  /// How many distinct texts there are.
  let valueCount: Int
  /// Numbers of each row's texts, rows one after another.
  private let numbers: [UInt32]
  private let columnCount: Int

  /// Numbers the texts of columns of equal length.
  init(columns: [[DatasetValue]]) {
    let rowCount = columns.first?.count ?? 0
    var known: [TextHash: UInt32] = [:]
    known.reserveCapacity(rowCount)
    var numbers = [UInt32](repeating: 0, count: rowCount * columns.count)
    for (position, column) in columns.enumerated() {
      for (row, value) in column.enumerated() {
        let hash = TextHash(value.string ?? value.pythonText)
        let next = UInt32(known.count)
        let number = known[hash, default: next]
        if number == next { known[hash] = next }
        numbers[row * columns.count + position] = number
      }
    }
    valueCount = known.count
    self.numbers = numbers
    columnCount = columns.count
  }

  /// The numbers of one row's texts.
  @inline(__always)
  func values(ofRow row: Int) -> ArraySlice<UInt32> {
    numbers[row * columnCount..<(row + 1) * columnCount]
  }
}

/// A 128-bit hash of a text's UTF-8 bytes.
///
/// Each 8 bytes are mixed into two 64-bit lanes by full 128-bit multiplication, as wyhash does. Not meant
/// to withstand an attacker who looks for collisions.
private struct TextHash: Hashable {
  private let low: UInt64
  private let high: UInt64

  init(_ text: String) {
    var first: UInt64 = 0x9E37_79B9_7F4A_7C15
    var second: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    var word: UInt64 = 0
    var byteCount = 0
    for byte in text.utf8 {
      word = word << 8 | UInt64(byte)
      byteCount += 1
      if byteCount & 7 == 0 {
        first = Self.mix(first ^ word, 0xA076_1D64_78BD_642F)
        second = Self.mix(second ^ word, 0xE703_7ED1_A0B4_28DB)
        word = 0
      }
    }
    let length = UInt64(byteCount)
    low = Self.mix(Self.mix(first ^ word, 0x8EBC_6AF0_9C88_C6E3) ^ length, 0x5899_65CC_7537_4CC3)
    high = Self.mix(
      Self.mix(second ^ word, 0x1D8E_4E27_C47D_124F) ^ length, 0xEB44_ACCA_B455_D165)
  }

  /// Either half alone spreads well enough for a table.
  func hash(into hasher: inout Hasher) { hasher.combine(low) }

  @inline(__always)
  private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }
}

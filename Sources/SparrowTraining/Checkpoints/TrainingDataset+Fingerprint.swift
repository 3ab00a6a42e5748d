import SparrowData

extension TrainingDataset {
  /// Sixteen digits that differ when any cell does (FNV-1a over all cells, column by column).
  var fingerprint: String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func add(_ text: String) {
      for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
      hash = (hash ^ 0xff) &* 0x100_0000_01b3
    }
    for name in dataset.columnNames {
      add(name)
      for cell in dataset[name] ?? [] {
        switch cell {
        case .string(let text): add(text)
        case .strings(let texts): for text in texts { add(text) }
        case .floats(let numbers): for number in numbers { add("\(number)") }
        case .integer, .float, .bool: add("\(cell.number ?? 0)")
        case .null: add("")
        }
      }
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

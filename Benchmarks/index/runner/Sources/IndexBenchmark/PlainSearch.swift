import SparrowCore

/// Term-at-a-time search over uncompressed posting lists, the yardstick: every posting of every
/// query term is added up, then the best documents are picked.
///
/// Sums are float32, or float64 for the exact results that recall is measured against.
final class PlainSearch {
  private let offsets: [Int]
  private let numbers: [UInt32]
  private let weights: [Float]
  private let documentCount: Int
  private var sums: [Float]
  private var exactSums: [Double] = []

  init(_ documents: SparseMatrix) {
    documentCount = documents.rowCount
    var offsets = [0]
    for count in documents.columnCounts { offsets.append((offsets.last ?? 0) + count) }
    var next = offsets
    var numbers = [UInt32](repeating: 0, count: documents.storedCount)
    var weights = [Float](repeating: 0, count: documents.storedCount)
    for row in 0..<documents.rowCount {
      for position in documents.rowOffsets[row]..<documents.rowOffsets[row + 1] {
        let column = Int(documents.indices[position])
        numbers[next[column]] = UInt32(row)
        weights[next[column]] = documents.values[position]
        next[column] += 1
      }
    }
    self.offsets = offsets
    self.numbers = numbers
    self.weights = weights
    sums = [Float](repeating: 0, count: documents.rowCount)
  }

  /// The best documents by float32 sums; the time it takes is what is measured.
  func search(_ query: SparseVector, count: Int) -> [Int] {
    sums.withUnsafeMutableBufferPointer { sums in
      numbers.withUnsafeBufferPointer { numbers in
        weights.withUnsafeBufferPointer { weights in
          sums.update(repeating: 0)
          for (index, factor) in zip(query.indices, query.values) {
            for position in offsets[Int(index)]..<offsets[Int(index) + 1] {
              sums[Int(numbers[position])] += factor * weights[position]
            }
          }
          return Self.best(sums, count: count)
        }
      }
    }
  }

  /// The lowest of the best scores, summed in float64, and how many there are.
  func lowestBestScore(_ query: SparseVector, count: Int) -> (score: Double, count: Int) {
    if exactSums.isEmpty { exactSums = [Double](repeating: 0, count: documentCount) }
    return exactSums.withUnsafeMutableBufferPointer { sums in
      sums.update(repeating: 0)
      for (index, factor) in zip(query.indices, query.values) {
        for position in offsets[Int(index)]..<offsets[Int(index) + 1] {
          sums[Int(numbers[position])] += Double(factor) * Double(weights[position])
        }
      }
      let found = Self.best(sums, count: count).filter { sums[$0] > 0 }
      return (found.last.map { sums[$0] } ?? 0, found.count)
    }
  }

  /// The positions of the largest sums, largest first.
  private static func best<Sum: BinaryFloatingPoint>(
    _ sums: UnsafeMutableBufferPointer<Sum>, count: Int
  ) -> [Int] {
    var kept: [(sum: Sum, position: Int)] = []
    var lowest: Sum = 0
    for position in sums.indices where sums[position] > lowest {
      let place = kept.firstIndex { $0.sum < sums[position] } ?? kept.endIndex
      kept.insert((sums[position], position), at: place)
      if kept.count > count { kept.removeLast() }
      if kept.count == count { lowest = kept[count - 1].sum }
    }
    return kept.map(\.position)
  }
}

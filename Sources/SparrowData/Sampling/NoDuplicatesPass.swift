/// One pass over shuffled rows that makes batches without common texts.
///
/// What it computes is simple: walk over the remaining rows in order, take every row that shares no text
/// with the batch, stop when the batch is full, and start again at the first remaining row. Walked
/// naively this is quadratic when a text is frequent, because the rows with it pile up in front and
/// each batch looks at all of them in vain.
///
/// So rows that had to wait are kept in heaps, one for each text that was in their way. As all rows of a
/// heap have that text, only the first row of each heap is ever looked at, and a heap whose text is
/// in the batch is not looked at again until the next batch. The order is the same.
struct NoDuplicatesPass: Sequence, IteratorProtocol {
  private let order: [Int]
  private let values: ValueTable
  private let batchSize: Int
  private let dropsIncomplete: Bool
  /// The first position of `order` that no batch has looked at yet.
  private var cursor = 0
  /// The positions that wait, by the text that was in the way.
  private var waiting: [UInt32: MinimumHeap<Int>] = [:]
  /// The first position of each heap of `waiting`; entries that are no longer true are skipped.
  private var firsts = MinimumHeap<First>()
  /// For each text, the number of the last batch that has it.
  private var batchOfValue: [UInt32]
  private var batchNumber: UInt32 = 0

  private struct First: Comparable {
    let position: Int
    let value: UInt32

    static func < (left: First, right: First) -> Bool { left.position < right.position }
  }

  init(order: [Int], values: ValueTable, batchSize: Int, dropsIncomplete: Bool) {
    self.order = order
    self.values = values
    self.batchSize = batchSize
    self.dropsIncomplete = dropsIncomplete
    batchOfValue = [UInt32](repeating: 0, count: values.valueCount)
  }

  /// The next batch, nil when no rows remain.
  mutating func next() -> [Int]? {
    while cursor < order.count || !waiting.isEmpty {
      let batch = nextBatch()
      if batch.count == batchSize || !dropsIncomplete { return batch }
    }
    return nil
  }

  private mutating func nextBatch() -> [Int] {
    batchNumber += 1
    var batch: [Int] = []
    batch.reserveCapacity(batchSize)
    // Texts in the batch whose heaps must be looked at again for the next batch.
    var blocked: Set<UInt32> = []
    while batch.count < batchSize, let first = firsts.popMinimum() {
      guard let heap = waiting[first.value], heap.minimum == first.position else { continue }
      if batchOfValue[Int(first.value)] == batchNumber {
        blocked.insert(first.value)
        continue
      }
      removeFirst(of: first.value)
      place(first.position, in: &batch, &blocked)
      // The heap is blocked if its row was taken; if the row was in another text's way, it goes on.
      if batchOfValue[Int(first.value)] == batchNumber {
        blocked.insert(first.value)
      } else if let minimum = waiting[first.value]?.minimum {
        firsts.insert(First(position: minimum, value: first.value))
      }
    }
    while batch.count < batchSize, cursor < order.count {
      place(cursor, in: &batch, &blocked)
      cursor += 1
    }
    for value in blocked {
      guard let minimum = waiting[value]?.minimum else { continue }
      firsts.insert(First(position: minimum, value: value))
    }
    return batch
  }

  /// Takes a row into the batch, or lets it wait for a text that is in the batch already.
  private mutating func place(
    _ position: Int, in batch: inout [Int], _ blocked: inout Set<UInt32>
  ) {
    let row = order[position]
    let texts = values.values(ofRow: row)
    if let inTheWay = texts.first(where: { batchOfValue[Int($0)] == batchNumber }) {
      waiting[inTheWay, default: MinimumHeap()].insert(position)
      blocked.insert(inTheWay)
      return
    }
    batch.append(row)
    for text in texts { batchOfValue[Int(text)] = batchNumber }
  }

  private mutating func removeFirst(of value: UInt32) {
    _ = waiting[value]?.popMinimum()
    if waiting[value]?.minimum == nil { waiting[value] = nil }
  }
}

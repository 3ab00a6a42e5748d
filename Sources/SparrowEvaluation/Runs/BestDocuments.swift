/// The best `capacity` documents seen so far: a heap whose root is the worst of them.
///
/// Documents are known by their rank in the order of identifiers, so that equal scores are settled by
/// comparing numbers.
struct BestDocuments {
  /// A document with its score.
  struct Entry {
    let score: Float
    /// The position of the document's identifier in ascending order.
    let idRank: Int32

    /// Whether this document comes before another in a result list.
    @inline(__always)
    func precedes(_ other: Entry) -> Bool {
      score != other.score ? score > other.score : idRank < other.idRank
    }
  }

  private let capacity: Int
  private var heap: [Entry] = []

  init(capacity: Int) { self.capacity = capacity }

  /// Offers a document; it stays if it is among the best.
  @inline(__always)
  mutating func insert(_ entry: Entry) {
    if heap.count < capacity {
      heap.append(entry)
      siftUp(heap.count - 1)
    } else if entry.precedes(heap[0]) {
      heap[0] = entry
      siftDown()
    }
  }

  /// The documents, best first.
  var sorted: [Entry] { heap.sorted { $0.precedes($1) } }

  private mutating func siftUp(_ start: Int) {
    var child = start
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[parent].precedes(heap[child]) else { return }
      heap.swapAt(parent, child)
      child = parent
    }
  }

  private mutating func siftDown() {
    var parent = 0
    while true {
      var worst = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
        if heap[worst].precedes(heap[child]) { worst = child }
      }
      if worst == parent { return }
      heap.swapAt(parent, worst)
      parent = worst
    }
  }
}

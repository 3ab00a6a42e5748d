/// Keeps the best of many scored documents: a bounded heap with the worst kept one on top.
///
/// The order is score descending, then number ascending; with documents numbered in the order of
/// their identifiers that is the order of result lists.
struct TopDocuments {
  /// A document's number within an index and its score.
  struct Entry: Equatable {
    let number: Int
    let score: Float

    /// Whether this one ranks before the other.
    func precedes(_ other: Entry) -> Bool {
      score != other.score ? score > other.score : number < other.number
    }
  }

  /// How many documents are kept at most.
  let capacity: Int
  private var heap: [Entry] = []

  /// Makes an empty list for at most `capacity` documents.
  init(capacity: Int) {
    self.capacity = capacity
  }

  /// Whether only a better document can still enter.
  var isFull: Bool { heap.count >= capacity }

  /// The kept document that would be dropped next, nil when none is kept.
  var worst: Entry? { heap.first }

  /// Takes a document if it belongs to the best seen so far.
  mutating func offer(_ entry: Entry) {
    if heap.count < capacity {
      heap.append(entry)
      raise(heap.count - 1)
    } else if let worst = heap.first, entry.precedes(worst) {
      heap[0] = entry
      lower(0)
    }
  }

  /// The kept documents, best first.
  func sorted() -> [Entry] { heap.sorted { $0.precedes($1) } }

  private mutating func raise(_ start: Int) {
    var position = start
    while position > 0 {
      let parent = (position - 1) / 2
      guard heap[parent].precedes(heap[position]) else { return }
      heap.swapAt(parent, position)
      position = parent
    }
  }

  private mutating func lower(_ start: Int) {
    var position = start
    while true {
      var worst = position
      for child in [2 * position + 1, 2 * position + 2]
      where child < heap.count && heap[worst].precedes(heap[child]) {
        worst = child
      }
      guard worst != position else { return }
      heap.swapAt(worst, position)
      position = worst
    }
  }
}

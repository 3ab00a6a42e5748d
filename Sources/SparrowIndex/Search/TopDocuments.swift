/// Keeps the best of many scored documents: a bounded heap with the worst kept one on top.
///
/// The order is score descending, then identifier ascending. Documents of a segment are numbered
/// in the order of their identifiers, so identifiers are read only when documents of different
/// segments have equal scores.
struct TopDocuments {
  /// A document and its score.
  struct Entry: Equatable {
    /// The position of its segment in the list of segments searched.
    let segment: Int
    /// Its number within the segment.
    let number: Int
    let score: Float
  }

  /// How many documents are kept at most.
  let capacity: Int
  private let segments: [Segment]
  private var heap: [Entry] = []

  /// Makes an empty list for at most `capacity` documents of the given segments.
  init(capacity: Int, segments: [Segment]) {
    self.capacity = capacity
    self.segments = segments
    heap.reserveCapacity(min(capacity, 1024))
  }

  /// Whether only a better document can still enter.
  var isFull: Bool { heap.count >= capacity }

  /// How many documents may still enter whatever their scores.
  var room: Int { capacity - heap.count }

  /// The lowest kept score, nil when none is kept.
  var worstScore: Float? { heap.first?.score }

  /// Takes a document if it belongs to the best seen so far.
  mutating func offer(_ entry: Entry) {
    if heap.count < capacity {
      heap.append(entry)
      raise(heap.count - 1)
    } else if let worst = heap.first, precedes(entry, worst) {
      heap[0] = entry
      lower(0)
    }
  }

  /// The kept documents, best first.
  func sorted() -> [Entry] { heap.sorted(by: precedes) }

  /// Whether the left document ranks before the right one.
  private func precedes(_ left: Entry, _ right: Entry) -> Bool {
    if left.score != right.score { return left.score > right.score }
    if left.segment == right.segment { return left.number < right.number }
    return unsafe Segment.precedes(
      segments[left.segment].identifierBytes(left.number),
      segments[right.segment].identifierBytes(right.number))
  }

  private mutating func raise(_ start: Int) {
    var position = start
    while position > 0 {
      let parent = (position - 1) / 2
      guard precedes(heap[parent], heap[position]) else { return }
      heap.swapAt(parent, position)
      position = parent
    }
  }

  private mutating func lower(_ start: Int) {
    var position = start
    while true {
      var worst = position
      for child in [2 * position + 1, 2 * position + 2]
      where child < heap.count && precedes(heap[worst], heap[child]) {
        worst = child
      }
      guard worst != position else { return }
      heap.swapAt(worst, position)
      position = worst
    }
  }
}

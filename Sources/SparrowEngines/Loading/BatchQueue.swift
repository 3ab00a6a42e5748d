/// Documents that go into one request.
struct Batch: Sendable {
  /// The number of each document in the sequence that is loaded, from 0.
  var positions: [Int] = []
  var documents: [EncodedDocument] = []
  /// How often the request failed.
  var attempt = 0
  /// How long to wait before it is sent.
  var delay: Duration = .zero

  var byteCount: Int { documents.reduce(0) { $0 + $1.bytes.count } }

  /// The documents at some places of the batch.
  func selecting(_ places: some Sequence<Int>) -> Batch {
    let places = Array(places)
    return Batch(
      positions: places.map { positions[$0] }, documents: places.map { documents[$0] },
      attempt: attempt, delay: delay)
  }

  /// Two halves, to find what is too large or refused.
  var halves: [Batch] {
    let middle = documents.count / 2
    return [selecting(0..<middle), selecting(middle..<documents.count)]
  }
}

/// Cuts a sequence of documents into requests by number and bytes.
struct BatchQueue: Sendable {
  var limits: BatchLimits
  private var waiting: [Batch] = []
  private var collected = Batch()
  private var collectedByteCount = 0

  init(limits: BatchLimits) { self.limits = limits }

  /// Whether a request can be made without further documents.
  var isReady: Bool { !waiting.isEmpty }

  /// Adds a document.
  mutating func append(_ document: EncodedDocument, position: Int) {
    let isFull =
      collected.documents.count >= limits.documentCount
      || collectedByteCount + document.bytes.count > limits.byteCount
    if isFull { seal() }
    collected.positions.append(position)
    collected.documents.append(document)
    collectedByteCount += document.bytes.count
  }

  /// Makes a request of what was collected.
  mutating func seal() {
    guard !collected.documents.isEmpty else { return }
    waiting.append(collected)
    collected = Batch()
    collectedByteCount = 0
  }

  /// Puts a batch back, to be sent next.
  mutating func putBack(_ batches: [Batch]) { waiting.insert(contentsOf: batches, at: 0) }

  /// Takes the next request.
  mutating func next() -> Batch? { waiting.isEmpty ? nil : waiting.removeFirst() }

  /// Makes further requests half as large.
  mutating func shrink() { limits.byteCount = max(64 << 10, limits.byteCount / 2) }
}

/// Which documents of a sequence are done, and up to where without a gap.
struct DonePositions: Sendable {
  /// All documents before this one are done.
  private(set) var contiguousCount = 0
  private var ahead: Set<Int> = []

  mutating func insert(_ position: Int) {
    ahead.insert(position)
    while ahead.remove(contiguousCount) != nil { contiguousCount += 1 }
  }
}

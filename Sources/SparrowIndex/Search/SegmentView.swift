/// A segment and which of its documents have been deleted, at one moment.
struct SegmentView: Sendable {
  let segment: Segment
  /// The deleted documents, nil when there are none.
  private(set) var deletions: Bitmap?
  /// How many documents are deleted.
  private(set) var deletedCount = 0

  init(segment: Segment, deletions: Bitmap? = nil) {
    self.segment = segment
    let count = deletions?.count ?? 0
    self.deletions = count > 0 ? deletions : nil
    self.deletedCount = count
  }

  /// The number of documents that are not deleted.
  var liveCount: Int { segment.documentCount - deletedCount }

  /// Whether a document has not been deleted.
  func isLive(_ number: Int) -> Bool { deletions.map { !$0.contains(number) } ?? true }

  /// The numbers of the documents that are not deleted.
  var liveNumbers: [Int] {
    guard deletions != nil else { return Array(0..<segment.documentCount) }
    return (0..<segment.documentCount).filter(isLive)
  }

  /// Deletes a document and tells whether it was there.
  @discardableResult
  mutating func delete(_ number: Int) -> Bool {
    var changed = deletions ?? Bitmap(capacity: segment.documentCount)
    deletions = nil
    let isNew = changed.insert(number)
    deletedCount += isNew ? 1 : 0
    deletions = changed
    return isNew
  }
}

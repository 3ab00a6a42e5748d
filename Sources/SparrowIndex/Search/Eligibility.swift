/// Which documents of a segment a search may return.
struct Eligibility {
  /// How documents are told apart.
  enum Kind {
    /// All that are not deleted.
    case allLive(deletedCount: Int)
    /// Only those that pass the filter and are not deleted.
    case only(Bitmap)
  }

  let kind: Kind
  private let deletions: Bitmap?

  /// Evaluates a filter on a segment.
  ///
  /// - Throws: ``IndexError`` when the segment's fields are damaged.
  init(_ view: SegmentView, filter: DocumentFilter?) throws(IndexError) {
    if let filter {
      var allowed = try filter.matches(in: view.segment)
      if let deletions = view.deletions { allowed.subtract(deletions) }
      kind = .only(allowed)
      deletions = nil
    } else {
      kind = .allLive(deletedCount: view.deletedCount)
      deletions = view.deletions
    }
  }

  /// Whether a document may be returned.
  func allows(_ number: Int) -> Bool {
    switch kind {
    case .allLive: deletions.map { !$0.contains(number) } ?? true
    case .only(let allowed): allowed.contains(number)
    }
  }

  /// The documents, if a filter leaves at most the given share of a segment.
  func fewDocuments(_ share: Double) -> [Int]? {
    guard case .only(let allowed) = kind else { return nil }
    guard Double(allowed.count) <= share * Double(allowed.capacity) else { return nil }
    return allowed.members
  }
}

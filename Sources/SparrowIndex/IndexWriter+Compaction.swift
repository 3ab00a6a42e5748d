import Dispatch
import SparrowCore
import Synchronization

extension IndexWriter {
  /// Merges all segments into one and drops deleted documents for good.
  ///
  /// Searches and changes go on meanwhile. It takes about as long as building the index did.
  ///
  /// - Throws: ``IndexError`` when the writer is closed or writing fails; the index is then as it
  ///   was.
  public func compact() throws(IndexError) {
    try flush()
    _ = try compaction.withLock { (_) throws(IndexError) in
      try mergeOnce { contents in
        let isCompact =
          contents.disk.count <= 1 && contents.disk.allSatisfy { $0.view.deletedCount == 0 }
        return isCompact ? [] : contents.disk.map(\.file)
      }
    }
  }

  /// Starts merging in the background if there is something worth merging.
  func startCompaction() {
    guard configuration.compactsInBackground, !isStopping.load(ordering: .relaxed) else { return }
    let isUseful = state.withLock { state in
      state.failure == nil && !mergeCandidates(state.contents).isEmpty
    }
    guard isUseful else { return }
    background.async { [weak self] in self?.compactInBackground() }
  }

  private func compactInBackground() {
    do throws(IndexError) {
      var isDone = false
      while !isDone, !isStopping.load(ordering: .relaxed) {
        isDone = try !compaction.withLock { (_) throws(IndexError) in
          try mergeOnce(mergeCandidates)
        }
      }
      state.withLock { $0.compactionFailure = nil }
    } catch {
      if error.category != .cancelled { state.withLock { $0.compactionFailure = error } }
    }
  }

  /// The files of the segments to merge next: one with many deleted documents, or several of
  /// similar size.
  private func mergeCandidates(_ contents: IndexContents) -> [String] {
    let sparse = contents.disk.first {
      let share = Double($0.view.deletedCount) / Double($0.view.segment.documentCount)
      return share > configuration.deletedShareLimit
    }
    if let sparse { return [sparse.file] }
    var filesOfClass: [Int: [String]] = [:]
    for segment in contents.disk {
      filesOfClass[sizeClass(segment.view.liveCount), default: []].append(segment.file)
    }
    let ready = filesOfClass.filter { $0.value.count >= configuration.mergeFactor }
    let smallest = ready.min { $0.key < $1.key }
    return smallest.map { Array($0.value.prefix(configuration.mergeFactor)) } ?? []
  }

  /// Sizes up to 1,024 documents are one class, and each further class is `mergeFactor` times
  /// larger.
  private func sizeClass(_ documentCount: Int) -> Int {
    var limit = 1024
    var result = 0
    while documentCount > limit {
      limit *= configuration.mergeFactor
      result += 1
    }
    return result
  }

  /// Merges the segments that `choose` names into one.
  ///
  /// The documents are written without the lock. Then, under the lock, those deleted meanwhile are
  /// deleted in the new segment too, and it takes the place of the old ones.
  ///
  /// - Returns: false when there was nothing to merge.
  private func mergeOnce(_ choose: (IndexContents) -> [String]) throws(IndexError) -> Bool {
    let start = try state.withLock { (state) throws(IndexError) in
      try Self.checkUsable(state)
      let chosen = Set(choose(state.contents))
      let number = state.manifest.nextFile
      state.manifest.nextFile += chosen.isEmpty ? 0 : 1
      return (state.contents.disk.filter { chosen.contains($0.file) }, IndexFolder.segment(number))
    }
    let (sources, name) = start
    guard !sources.isEmpty else { return false }
    let rows = OrderedRows(
      parts: sources.map { (source: .segment($0.view.segment), rows: $0.view.liveNumbers) })
    if rows.count > 0 {
      try writeSegment(rows, name: name) { isStopping.load(ordering: .relaxed) }
    }
    try state.withLock { (state) throws(IndexError) in
      try Self.checkUsable(state)
      var manifest = state.manifest
      var contents = state.contents
      contents.disk.removeAll { segment in sources.contains { $0.file == segment.file } }
      if rows.count > 0 {
        var merged = try adoptSegment(name)
        deleteAgain(from: &merged, sources: sources, now: state.contents.disk)
        try saveDeletions(&merged, &manifest)
        contents.disk.append(merged)
      }
      try publish(manifest, &state, contents: contents)
      removeLeftovers(state)
    }
    return true
  }

  /// Deletes in a merged segment what was deleted in its sources after the merge had begun.
  private func deleteAgain(
    from merged: inout IndexContents.DiskSegment, sources: [IndexContents.DiskSegment],
    now current: [IndexContents.DiskSegment]
  ) {
    for source in sources {
      let segment = source.view.segment
      // A source that is gone had no document left.
      let now = current.first { $0.file == source.file }.map(\.view.deletions)
      var deleted =
        if let now {
          now ?? Bitmap(capacity: segment.documentCount)
        } else {
          Bitmap(capacity: segment.documentCount, isFull: true)
        }
      if let before = source.view.deletions { deleted.subtract(before) }
      for number in deleted.members {
        if let place = merged.view.segment.number(of: segment.identifier(of: number)) {
          merged.view.delete(place)
        }
      }
    }
  }
}

public import Foundation
public import SparrowCore

/// Checks an index from end to end.
public enum IndexVerifier {
  /// What a check found.
  public struct Report: Sendable {
    /// The number of documents.
    public let documentCount: Int
    /// The number of segment files.
    public let segmentCount: Int
    /// The number of bytes that were checked.
    public let byteCount: Int
    /// What is wrong, in the order of discovery; nothing when the index is sound.
    public let problems: [IndexError]

    /// Whether nothing is wrong.
    public var isSound: Bool { problems.isEmpty }
  }

  /// Checks every checksum of an index, builds every segment anew from its rows and compares, and
  /// looks for documents that are in more than one place.
  ///
  /// It takes about as long as building the index, and changes nothing.
  ///
  /// - Parameters:
  ///   - url: the folder of the index.
  ///   - progress: receives reports, one a segment.
  /// - Returns: what is wrong.
  /// - Throws: ``IndexError`` when there is no index; `CancellationError` is not thrown: a
  ///   cancelled check is an ``IndexError``.
  public static func verify(
    at url: URL, progress: ProgressReporter? = nil
  ) throws(IndexError) -> Report {
    let folder = IndexFolder(url)
    let manifest = try Manifest(in: folder)
    var problems: [IndexError] = []
    var views: [SegmentView] = []
    var byteCount = 0
    for (position, entry) in manifest.segments.enumerated() {
      progress?(
        ProgressUpdate(
          activity: "Checking segments", completed: position, total: manifest.segments.count,
          unit: "segments"))
      do {
        let view = try check(entry, manifest, folder)
        byteCount += view.segment.byteCount
        views.append(view)
      } catch {
        if error.category == .cancelled { throw error }
        problems.append(error)
      }
    }
    var contents = IndexContents(dimension: manifest.dimension, precision: manifest.precision)
    do {
      contents = try IndexContents(manifest, in: folder, verification: .quick)
      try replay(manifest, folder, into: &contents)
    } catch {
      problems.append(error)
    }
    if let repeated = repeatedDocument(views) {
      problems.append(
        IndexError(
          .invalidData, "Document \"\(repeated)\" is in two segments. Build the index again.",
          at: FileLocation(path: folder.path)))
    }
    return Report(
      documentCount: contents.documentCount, segmentCount: views.count, byteCount: byteCount,
      problems: problems)
  }

  /// Opens one segment with all checks and compares it with what its rows give.
  private static func check(
    _ entry: Manifest.Entry, _ manifest: Manifest, _ folder: IndexFolder
  ) throws(IndexError) -> SegmentView {
    var single = manifest
    single.segments = [entry]
    let contents = try IndexContents(single, in: folder, verification: .full)
    let view = contents.disk[0].view
    let all = Array(0..<view.segment.documentCount)
    let rows = OrderedRows(parts: [(source: .segment(view.segment), rows: all)])
    let rebuilt = try SegmentWriter.write(
      rows, dimension: manifest.dimension, precision: manifest.precision, to: DiscardedFile(),
      isCancelled: { Task.isCancelled })
    guard rebuilt.checksum == view.segment.header.checksum else {
      throw SegmentHeader.damage(
        "its posting lists are not those of its rows", view.segment.path)
    }
    return view
  }

  private static func replay(
    _ manifest: Manifest, _ folder: IndexFolder, into contents: inout IndexContents
  ) throws(IndexError) {
    let path = folder.file(IndexFolder.log(manifest.log))
    guard var log = try LogReader(path: path, manifest: manifest) else { return }
    while let operation = try log.next() { contents.apply(operation) }
  }

  /// A document that is live in two segments, nil when there is none.
  private static func repeatedDocument(_ views: [SegmentView]) -> DocumentID? {
    let rows = OrderedRows(
      parts: views.map { (source: .segment($0.segment), rows: $0.liveNumbers) })
    var previous: DocumentID?
    for position in 0..<rows.count {
      let id = rows.identifier(at: position)
      if id == previous { return id }
      previous = id
    }
    return nil
  }
}

/// A file that keeps nothing.
private struct DiscardedFile: WritableFile {
  func write(_ bytes: [UInt8], at offset: Int) {}
  func sync() {}
  func close() {}
}

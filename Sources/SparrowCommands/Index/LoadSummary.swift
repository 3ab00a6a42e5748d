import Foundation
import SparrowCore
import SparrowIndex
import SparrowRetrieval

/// What was put into an index, for people and programs.
struct LoadSummary {
  private let folder: URL
  private let report: CollectionLoadReport
  private let seconds: Double

  /// Takes what a build or an addition gave that began at a time.
  init(folder: URL, _ report: CollectionLoadReport, since start: ContinuousClock.Instant) {
    self.folder = folder
    self.report = report
    seconds = (ContinuousClock.now - start).seconds
  }

  /// Writes the result, and warnings about documents that look wrong.
  func write(_ context: CommandContext, isJSON: Bool) throws {
    if let first = report.firstEmptyText {
      context.warn(
        report.emptyTextCount == 1
          ? "Document '\(first)' has no text."
          : "\(NumberText.count(report.emptyTextCount)) documents have no text, the first is '\(first)'."
      )
    }
    let statistics = try IndexReader(openingAt: folder, verification: .quick).statistics()
    guard !isJSON else {
      return try context.print([
        "index": .string(folder.path),
        "documents_read": .integer(Int64(report.readCount)),
        "documents": .integer(Int64(report.documentCount)),
        "bytes": .integer(Int64(statistics.byteCount)),
        "seconds": .number(seconds),
      ])
    }
    try context.print(
      "\(folder.path): \(NumberText.count(report.documentCount, "documents")), \(NumberText.bytes(UInt64(statistics.byteCount))); \(NumberText.count(report.readCount)) read in \(NumberText.duration(seconds))"
    )
  }
}

import Foundation
import SparrowCore
import SparrowIndex
import SparrowModels
import SparrowRetrieval

/// Lays out what an index consists of.
struct IndexReport {
  let folder: URL
  let statistics: IndexStatistics
  let space: VectorSpace
  /// The terms that most documents have.
  let terms: [(term: String, count: Int)]

  private var model: String {
    switch space.encoder {
    case .bm25: "bm25"
    case .model(let folder, _): folder
    }
  }

  /// Weights a document, of those in segments.
  private var weightsPerDocument: Double {
    let count = statistics.segments.reduce(0) { $0 + $1.documentCount }
    return count > 0 ? Double(statistics.weightCount) / Double(count) : 0
  }

  /// A line a fact, then a table of terms.
  func text(_ style: TerminalStyle) -> String {
    var lines = [
      style.bold(folder.path), "",
      "documents   \(NumberText.count(statistics.documentCount))"
        + (statistics.deletedCount > 0
          ? ", and \(NumberText.count(statistics.deletedCount)) deleted that take space" : ""),
      "segments    \(NumberText.count(statistics.segments.count)), "
        + NumberText.bytes(UInt64(statistics.byteCount)),
    ]
    if statistics.unsavedDocumentCount > 0 {
      lines.append("in the log  \(NumberText.count(statistics.unsavedDocumentCount)) documents")
    }
    lines += [
      "postings    \(NumberText.count(statistics.weightCount)), \(NumberText.fixed(weightsPerDocument, 1)) a document, weights in \(statistics.precision.rawValue)",
      "dimensions  \(NumberText.count(statistics.dimension))",
      "model       \(model)",
      "settings    \(settings)",
      "approximate \(approximate)",
    ]
    if !terms.isEmpty {
      var table = TextTable([("most frequent terms", .left), ("documents", .right), ("", .right)])
      for (term, count) in terms {
        let share = Double(count) / Double(max(1, statistics.documentCount))
        table.append([term, NumberText.count(count), NumberText.percent(share)])
      }
      lines += [""] + table.lines(style)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var settings: String {
    var parts = [space.precision.rawValue]
    if let length = space.maximumLength { parts.append("at most \(length) tokens") }
    if let active = space.maximumActiveDimensions { parts.append("at most \(active) weights") }
    return parts.joined(separator: ", ")
  }

  private var approximate: String {
    guard let calibration = statistics.calibration else {
      return "not measured (sparrow index compact --calibrate)"
    }
    return
      "recall@\(calibration.hitCount) \(NumberText.fixed(calibration.recall, 4)) on \(calibration.queryCount) queries"
  }

  /// The same for programs.
  var json: JSONValue {
    [
      "index": .string(folder.path),
      "documents": .integer(Int64(statistics.documentCount)),
      "deleted": .integer(Int64(statistics.deletedCount)),
      "in_log": .integer(Int64(statistics.unsavedDocumentCount)),
      "bytes": .integer(Int64(statistics.byteCount)),
      "postings": .integer(Int64(statistics.weightCount)),
      "dimensions": .integer(Int64(statistics.dimension)),
      "weights": .string(statistics.precision.rawValue),
      "model": .string(model),
      "precision": .string(space.precision.rawValue),
      "max_length": space.maximumLength.map { .integer(Int64($0)) } ?? .null,
      "max_active": space.maximumActiveDimensions.map { .integer(Int64($0)) } ?? .null,
      "approximate_recall": statistics.calibration.map { .number($0.recall) } ?? .null,
      "segments": .array(statistics.segments.map(Self.json)),
      "terms": .array(
        terms.map { ["term": .string($0.term), "documents": .integer(Int64($0.count))] }),
    ]
  }

  private static func json(_ segment: IndexStatistics.Segment) -> JSONValue {
    [
      "file": .string(segment.file), "documents": .integer(Int64(segment.documentCount)),
      "deleted": .integer(Int64(segment.deletedCount)),
      "postings": .integer(Int64(segment.weightCount)),
      "bytes": .integer(Int64(segment.byteCount)),
    ]
  }
}

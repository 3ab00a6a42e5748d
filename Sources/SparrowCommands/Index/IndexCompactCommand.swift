import ArgumentParser
import Foundation
import SparrowCore
import SparrowIndex
import SparrowRetrieval

/// `sparrow index compact`: merges the files of an index.
struct IndexCompactCommand: ContextualCommand {
  static let configuration = CommandConfiguration(
    commandName: "compact",
    abstract: "Merge the segments of an index into one and drop deleted documents.",
    discussion: """
      Searches go on meanwhile. --calibrate then measures, with documents as queries, how much work an \
      approximate search can save and still find 99 of 100 of the exact hits; sparrow search \
      --approximate uses the result.

      EXAMPLES:
        sparrow index compact --index docs
        sparrow index compact --index docs --calibrate
      """)

  @OptionGroup var place: IndexFolderOptions

  @Flag(help: "Measure approximate search.")
  var calibrate = false

  @OptionGroup var common: CommonOptions

  func run(in context: CommandContext) throws {
    try common.apply()
    _ = try CollectionNote(of: place.folder)
    let writer = try IndexWriter(openingAt: place.folder)
    let before = writer.statistics()
    try writer.compact()
    let calibration = calibrate ? try writer.calibrate() : nil
    let after = writer.statistics()
    try writer.close()
    guard !common.json else {
      return try context.print([
        "segments": .integer(Int64(after.segments.count)),
        "bytes_before": .integer(Int64(before.byteCount)),
        "bytes": .integer(Int64(after.byteCount)),
        "approximate_recall": calibration.map { .number($0.recall) } ?? .null,
      ])
    }
    try context.print(
      "\(NumberText.count(before.segments.count, "segments")) of \(NumberText.bytes(UInt64(before.byteCount))), now \(NumberText.count(after.segments.count)) of \(NumberText.bytes(UInt64(after.byteCount)))"
    )
    if let calibration {
      try context.print(
        "approximate search finds \(NumberText.fixed(calibration.recall * 100, 1))% of the exact \(calibration.hitCount) hits (\(calibration.queryCount) queries)"
      )
    }
  }
}

import Foundation
import SparrowCore
import SparrowEvaluation
import SparrowIndex
import SparrowRetrieval

/// Searches for all queries of a file and writes the hits as TREC does.
struct QueryRun {
  let retriever: Retriever
  let options: SearchOptions
  /// How many threads search; nil uses all cores.
  let threadCount: Int?

  /// The tag of the run.
  private static let tag = "sparrow"

  /// Reads queries, searches with all processor cores, and writes a run.
  func write(
    _ path: String, to output: String, _ context: CommandContext, _ progress: ProgressDisplay,
    isJSON: Bool
  ) throws {
    var source =
      path == "-"
      ? TextInput(lines: context.standardInputLines, format: nil)
      : try TextInput(file: URL(fileURLWithPath: path), format: nil)
    var run = RetrievalRun()
    var encodingTime = Duration.zero
    var searchTime = Duration.zero
    while true {
      let window = try source.nextWindow()
      if window.isEmpty { break }
      let (hits, times) = try retriever.timedRun(
        window.map { Query(id: QueryID($0.id), text: $0.text) }, options: options,
        threadCount: threadCount,
        progress: progress.reporter(base: run.queryCount, total: source.count))
      encodingTime += times.encodingTotal
      searchTime += times.searchTotal + times.reranking
      for query in hits.queries { try run.append(query, hits[query]) }
    }
    progress.finish()
    guard run.queryCount > 0 else {
      throw CommandError(.invalidData, "The file has no queries.", at: FileLocation(path: path))
    }
    try run.write(to: URL(fileURLWithPath: output), tag: Self.tag)
    guard !isJSON else {
      return try context.print([
        "queries": .integer(Int64(run.queryCount)), "run": .string(output),
        "encoding_seconds": .number(encodingTime.seconds),
        "search_seconds": .number(searchTime.seconds),
      ])
    }
    try context.print(
      "\(output): \(NumberText.count(run.queryCount)) queries, encoded in \(NumberText.duration(encodingTime.seconds)), searched in \(NumberText.duration(searchTime.seconds)) (\(NumberText.rate(Double(run.queryCount) / searchTime.seconds)) a second)"
    )
  }
}

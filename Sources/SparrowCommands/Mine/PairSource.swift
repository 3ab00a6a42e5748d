import ArgumentParser
import Foundation
import SparrowCore
import SparrowData

/// Where pairs of a query and a document come from.
struct PairSource: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Pairs: a file of JSON lines, CSV or TSV, each also .gz, or a folder of them.",
      valueName: "file"))
  var dataset: String?

  @Option(
    help: ArgumentHelp("The column of queries and that of documents.", valueName: "query,document"))
  var columns: String?

  @Option(
    help: ArgumentHelp(
      "Pairs: the judgments of a folder in BEIR's layout; all its documents are searched.",
      valueName: "dir"))
  var collection: String?

  @Option(help: ArgumentHelp("The judgments of the collection.", valueName: "split"))
  var split = "train"

  @Option(help: ArgumentHelp("Take at most so many pairs, the first.", valueName: "n"))
  var limit: Int?

  func validate() throws {
    guard (dataset == nil) != (collection == nil) else {
      throw ValidationError("Give pairs by either --dataset or --collection.")
    }
    if columns != nil, dataset == nil {
      throw ValidationError("--columns belongs to --dataset.")
    }
    if let limit, limit < 1 {
      throw ValidationError("--limit must be at least 1; found \(limit).")
    }
  }

  /// Reads the pairs, and the documents to search besides theirs.
  func load(_ progress: @escaping ProgressReporter) throws -> (pairs: Dataset, corpus: [String]) {
    var pairs: Dataset
    var corpus: [String] = []
    if let collection {
      let collection = try BEIRCollection(folder: URL(fileURLWithPath: collection))
      pairs = try collection.pairs(split: split, progress: progress)
      corpus = try collection.loadDocuments(progress: progress).map(\.content)
        .filter { !$0.isEmpty }
    } else {
      pairs = try Dataset(contentsOf: URL(fileURLWithPath: dataset ?? ""), progress: progress)
      if let columns {
        pairs = try pairs.selecting(columns: columns.split(separator: ",").map(String.init))
      }
    }
    if let limit, limit < pairs.rowCount { pairs = pairs.selectingRows(Array(0..<limit)) }
    return (pairs, corpus)
  }
}

import SparrowCore
import SparrowData

/// The different queries and documents of a dataset of pairs, and which belong together.
struct MiningProblem {
  /// The names of the two columns.
  let columns: (query: String, document: String)
  /// Each different query once, in order of appearance.
  let queries: [String]
  /// Each different document once: those to search besides, then those of the dataset.
  let documents: [String]
  /// The documents of each query, in order of appearance.
  private(set) var positiveLists: [[Int]]
  /// The same as sets.
  let positives: [Set<Int>]
  /// The scores of the documents of each query, and the lowest of them.
  private(set) var positiveScores: [[Float]] = []
  private(set) var lowestPositiveScore: [Float] = []

  init(_ dataset: Dataset, corpus: [String]) throws {
    let inputs = dataset.inputColumns
    guard inputs.count >= 2, dataset.rowCount > 0 else {
      throw TrainingError(
        .invalidDataset,
        "Mining needs rows with a query and a document, the first two columns; the dataset has \(dataset.rowCount) rows of \(inputs.map { "'\($0)'" }.joined(separator: ", "))."
      )
    }
    columns = (inputs[0], inputs[1])
    try dataset.checkTexts(in: [inputs[0], inputs[1]])
    let rowQueries = (dataset[inputs[0]] ?? []).compactMap(\.string)
    let rowDocuments = (dataset[inputs[1]] ?? []).compactMap(\.string)
    let queries = DistinctTexts(rowQueries)
    let documents = DistinctTexts(corpus + rowDocuments)
    var lists = [[Int]](repeating: [], count: queries.texts.count)
    var sets = [Set<Int>](repeating: [], count: queries.texts.count)
    for (query, document) in zip(queries.places, documents.places.suffix(rowDocuments.count))
    where sets[query].insert(document).inserted {
      lists[query].append(document)
    }
    self.queries = queries.texts
    self.documents = documents.texts
    positiveLists = lists
    positives = sets
  }

  /// The most documents that one query has.
  var maximumPositiveCount: Int { positiveLists.reduce(0) { max($0, $1.count) } }

  /// Every query with each of its documents.
  var pairs: [(query: Int, document: Int)] {
    positiveLists.enumerated().flatMap { query, documents in
      documents.map { (query: query, document: $0) }
    }
  }

  /// Takes over the scores of ``pairs``.
  mutating func setPositiveScores(_ scores: [Float]) {
    var next = 0
    positiveScores = positiveLists.map { list in
      defer { next += list.count }
      return Array(scores[next..<(next + list.count)])
    }
    lowestPositiveScore = positiveScores.map { $0.min() ?? .infinity }
  }
}

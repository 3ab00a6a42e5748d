import SparrowCore
import SparrowData

extension HardNegativeMiner {
  /// Makes rows of queries, positives and negatives.
  func layOut(
    _ negatives: [[Candidate]], _ problem: MiningProblem, report: MiningReport
  ) throws -> Result {
    var report = report
    report.positiveScores = problem.positiveScores.flatMap { $0 }
    report.shortQueryCount = negatives.count { $0.count < configuration.negativeCount }
    let rows: MinedRows
    switch configuration.format {
    case .triplet: rows = triplets(negatives, problem)
    case .tuple: rows = tuples(negatives, problem)
    case .labeledPair: rows = labeledPairs(negatives, problem)
    case .labeledList: rows = labeledLists(negatives, problem)
    }
    report.negativeScores = rows.negativeScores
    guard !report.negativeScores.isEmpty else {
      throw TrainingError(
        .invalidDataset,
        "No negative was found for any of \(problem.queries.count) queries among \(problem.documents.count) documents. Use a smaller margin, a higher maximum rank, or more documents."
      )
    }
    return Result(dataset: try Dataset(columns: rows.columns), report: report)
  }

  /// Columns that are being filled.
  private struct MinedRows {
    var columns: [(name: String, values: [DatasetValue])]
    var negativeScores: [Float] = []

    init(_ names: [String]) { columns = names.map { ($0, []) } }

    mutating func append(_ values: [DatasetValue], negatives: [Float]) {
      for (place, value) in values.enumerated() { columns[place].values.append(value) }
      negativeScores += negatives
    }
  }

  private func text(_ document: Int, _ problem: MiningProblem) -> DatasetValue {
    .string(problem.documents[document])
  }

  private func triplets(_ negatives: [[Candidate]], _ problem: MiningProblem) -> MinedRows {
    let scoreNames = configuration.writesScores ? ["scores"] : []
    var rows = MinedRows(
      [problem.columns.query, problem.columns.document, "negative"] + scoreNames)
    for (query, found) in negatives.enumerated() {
      for (positive, score) in zip(problem.positiveLists[query], problem.positiveScores[query]) {
        for negative in found {
          var values: [DatasetValue] = [
            .string(problem.queries[query]), text(positive, problem),
            text(negative.document, problem),
          ]
          if configuration.writesScores {
            values.append(.floats([Double(score), Double(negative.score)]))
          }
          rows.append(values, negatives: [negative.score])
        }
      }
    }
    return rows
  }

  private func tuples(_ negatives: [[Candidate]], _ problem: MiningProblem) -> MinedRows {
    let names = (1...configuration.negativeCount).map { "negative_\($0)" }
    let scoreNames = configuration.writesScores ? ["scores"] : []
    var rows = MinedRows([problem.columns.query, problem.columns.document] + names + scoreNames)
    for (query, found) in negatives.enumerated() where found.count == names.count {
      for (positive, score) in zip(problem.positiveLists[query], problem.positiveScores[query]) {
        var values: [DatasetValue] = [.string(problem.queries[query]), text(positive, problem)]
        values += found.map { text($0.document, problem) }
        if configuration.writesScores {
          values.append(.floats([Double(score)] + found.map { Double($0.score) }))
        }
        rows.append(values, negatives: found.map(\.score))
      }
    }
    return rows
  }

  private func labeledPairs(_ negatives: [[Candidate]], _ problem: MiningProblem) -> MinedRows {
    var rows = MinedRows([
      problem.columns.query, problem.columns.document,
      configuration.writesScores ? "score" : "label",
    ])
    func label(_ value: Int, _ score: Float) -> DatasetValue {
      configuration.writesScores ? .float(Double(score)) : .integer(value)
    }
    for (query, found) in negatives.enumerated() {
      let queryValue = DatasetValue.string(problem.queries[query])
      for (positive, score) in zip(problem.positiveLists[query], problem.positiveScores[query]) {
        rows.append([queryValue, text(positive, problem), label(1, score)], negatives: [])
      }
      for negative in found {
        rows.append(
          [queryValue, text(negative.document, problem), label(0, negative.score)],
          negatives: [negative.score])
      }
    }
    return rows
  }

  private func labeledLists(_ negatives: [[Candidate]], _ problem: MiningProblem) -> MinedRows {
    var rows = MinedRows([
      problem.columns.query, problem.columns.document,
      configuration.writesScores ? "scores" : "labels",
    ])
    for (query, found) in negatives.enumerated() where !found.isEmpty {
      for (positive, score) in zip(problem.positiveLists[query], problem.positiveScores[query]) {
        let documents = [positive] + found.map(\.document)
        let labels =
          configuration.writesScores
          ? [Double(score)] + found.map { Double($0.score) } : [1] + found.map { _ in 0 }
        rows.append(
          [
            .string(problem.queries[query]),
            .strings(documents.map { problem.documents[$0] }), .floats(labels),
          ], negatives: found.map(\.score))
      }
    }
    return rows
  }
}

import SparrowCore
import SparrowEvaluation
import SparrowRetrieval

/// Lays out what every step of a retriever is worth.
struct RetrieverReport {
  let evaluation: RetrieverEvaluation

  /// A heading and a table with a row for each step.
  func text(heading: String, _ style: TerminalStyle) -> String {
    var table = TextTable([
      ("", .left), ("nDCG@10", .right), ("MRR@10", .right), ("recall@100", .right),
      ("ms a query", .right), ("against", .left), ("nDCG@10", .right), ("better", .right),
      ("worse", .right), ("p", .right),
    ])
    for row in evaluation.rows {
      table.append(
        [
          row.name, NumberText.fixed(row.nDCG, 4), NumberText.fixed(row.reciprocalRank, 4),
          NumberText.fixed(row.recall, 4), NumberText.fixed(row.duration.seconds * 1000, 2),
        ] + Self.cells(of: row.comparison))
    }
    let lines = [style.bold(heading), ""] + table.lines(style)
    return lines.joined(separator: "\n") + "\n"
  }

  /// The rows as JSON.
  var json: JSONValue {
    .array(
      evaluation.rows.map { row in
        var object = JSONObject([
          ("name", .string(row.name)), ("ndcg@10", .number(row.nDCG)),
          ("mrr@10", .number(row.reciprocalRank)), ("recall@100", .number(row.recall)),
          ("seconds_per_query", .number(row.duration.seconds)),
        ])
        if let comparison = row.comparison {
          object["against"] = [
            "part": .string(comparison.part), "difference": .number(comparison.test.difference),
            "better": .integer(Int64(comparison.test.winCount)),
            "worse": .integer(Int64(comparison.test.lossCount)),
            "p_randomization": .number(comparison.test.randomizationPValue),
            "p_t_test": .number(comparison.test.tTestPValue),
          ]
        }
        return .object(object)
      })
  }

  private static func cells(of comparison: RetrieverEvaluation.Comparison?) -> [String] {
    guard let comparison else { return Array(repeating: "", count: 5) }
    let test = comparison.test
    let smallest = 0.0001
    return [
      comparison.part,
      (test.difference < 0 ? "" : "+") + NumberText.fixed(test.difference, 4),
      NumberText.count(test.winCount), NumberText.count(test.lossCount),
      test.randomizationPValue < smallest
        ? "<\(NumberText.fixed(smallest, 4))" : NumberText.fixed(test.randomizationPValue, 4),
    ]
  }
}

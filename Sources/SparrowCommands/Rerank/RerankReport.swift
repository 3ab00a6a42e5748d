import SparrowCore
import SparrowEvaluation

/// What reranking a run cost and brought.
struct RerankReport {
  private let queryCount: Int
  private let pairCount: Int
  private let seconds: Double
  private let output: String?
  /// The metrics before and after, empty without judgments.
  private let metrics: [(name: String, before: Double, after: Double)]

  private static let metricNames = ["ndcg@10", "mrr@10", "map@100", "recall@100"]

  /// Measures both runs.
  ///
  /// - Parameters:
  ///   - first: what was found.
  ///   - reranked: the same in another order.
  ///   - qrels: the judgments; nil measures nothing.
  ///   - isPart: whether only the judged queries of the run count, and not all that are judged.
  ///   - seconds: what reranking took.
  ///   - output: where the run was written.
  /// - Throws: nothing that is expected; the metrics' names are known.
  init(
    first: RetrievalRun, reranked: RetrievalRun, qrels: Qrels?, isPart: Bool, seconds: Double,
    output: String?
  ) throws {
    queryCount = reranked.queryCount
    pairCount = reranked.queries.reduce(0) { $0 + reranked[$1].count }
    self.seconds = seconds
    self.output = output
    guard let qrels else {
      metrics = []
      return
    }
    let part = isPart ? Set(first.queries) : Set(qrels.queries)
    metrics = try Self.metricNames.map { name in
      let metric = try RetrievalMetric(parsing: name)
      func value(_ run: RetrievalRun) -> Double {
        mean(
          metric.values(of: run, judgedBy: qrels).filter { part.contains($0.query) }.map(\.value))
      }
      return (name, value(first), value(reranked))
    }
  }

  private var secondsPerQuery: Double { seconds / Double(max(1, queryCount)) }

  /// The report in lines of text.
  func lines(_ style: TerminalStyle) -> [String] {
    let rate = NumberText.rate(Double(pairCount) / max(seconds, 1e-9))
    let time = NumberText.fixed(secondsPerQuery * 1000, 0)
    let place = output.map { " Wrote \($0)." } ?? ""
    var lines = [
      "Scored \(NumberText.count(pairCount)) pairs of \(NumberText.count(queryCount)) queries in \(NumberText.duration(seconds)), \(rate) pairs/s, \(time) ms a query.\(place)"
    ]
    guard !metrics.isEmpty else { return lines }
    var table = TextTable([("", .left), ("before", .right), ("after", .right)])
    for (name, before, after) in metrics {
      table.append([name, NumberText.fixed(before, 4), NumberText.fixed(after, 4)])
    }
    lines += [""] + table.lines(style)
    return lines
  }

  /// The report as JSON.
  var json: JSONValue {
    func values(_ value: ((name: String, before: Double, after: Double)) -> Double) -> JSONValue {
      .object(JSONObject(metrics.map { ($0.name, .number(value($0))) }))
    }
    var object = JSONObject([
      ("queries", .integer(Int64(queryCount))), ("pairs", .integer(Int64(pairCount))),
      ("seconds", .number(seconds)), ("seconds_per_query", .number(secondsPerQuery)),
    ])
    if let output { object["output"] = .string(output) }
    if !metrics.isEmpty {
      object["before"] = values(\.before)
      object["after"] = values(\.after)
    }
    return .object(object)
  }
}

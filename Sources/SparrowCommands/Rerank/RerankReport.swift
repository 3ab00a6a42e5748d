import SparrowCore
import SparrowEvaluation

/// What reranking a run cost and brought.
struct RerankReport {
  /// What a run is worth, by the names of ``RerankMeasures``.
  private struct Row {
    let name: String
    /// What the model's scores count, nil in rows that are not of the sweep.
    var weight: Double?
    let values: [Double]

    var json: JSONValue {
      var members = zip(RerankMeasures.names, values).map { ($0, JSONValue.number($1)) }
      if let weight { members.insert(("weight", .number(weight)), at: 0) }
      return .object(JSONObject(members))
    }
  }

  private let queryCount: Int
  private let pairCount: Int
  private let seconds: Double
  private let output: String?
  /// Before and after, empty without judgments.
  private var rows: [Row] = []
  /// With other weights, empty unless they were asked for.
  private var sweep: [Row] = []

  /// Tells what was done.
  ///
  /// - Parameters:
  ///   - reranked: the run in its new order.
  ///   - seconds: what reranking took.
  ///   - output: where the run was written.
  init(_ reranked: RetrievalRun, seconds: Double, output: String?) {
    queryCount = reranked.queryCount
    pairCount = reranked.queries.reduce(0) { $0 + reranked[$1].count }
    self.seconds = seconds
    self.output = output
  }

  /// Tells what it brought.
  mutating func measure(
    _ first: RetrievalRun, _ reranked: RetrievalRun, by measures: RerankMeasures
  ) throws {
    rows = [
      Row(name: "before", values: try measures.values(of: first)),
      Row(name: "after", values: try measures.values(of: reranked)),
    ]
  }

  /// Tells what another weight would have brought.
  mutating func add(
    _ run: RetrievalRun, _ weight: Double, by measures: RerankMeasures
  ) throws {
    sweep.append(
      Row(name: "weight \(weight)", weight: weight, values: try measures.values(of: run)))
  }

  private var secondsPerQuery: Double { seconds / Double(max(1, queryCount)) }

  /// The report in lines of text.
  func lines(_ style: TerminalStyle) -> [String] {
    let rate = NumberText.rate(Double(pairCount) / max(seconds, 1e-9))
    let time = NumberText.fixed(secondsPerQuery * 1000, 0)
    let place = output.map { " Wrote \($0)." } ?? ""
    let lines = [
      "Scored \(NumberText.count(pairCount)) pairs of \(NumberText.count(queryCount)) queries in \(NumberText.duration(seconds)), \(rate) pairs/s, \(time) ms a query.\(place)"
    ]
    guard !rows.isEmpty else { return lines }
    var table = TextTable([("", .left)] + RerankMeasures.names.map { ($0, .right) })
    for row in rows + sweep {
      table.append([row.name] + row.values.map { NumberText.fixed($0, 4) })
    }
    return lines + [""] + table.lines(style)
  }

  /// The report as JSON.
  var json: JSONValue {
    var object = JSONObject([
      ("queries", .integer(Int64(queryCount))), ("pairs", .integer(Int64(pairCount))),
      ("seconds", .number(seconds)), ("seconds_per_query", .number(secondsPerQuery)),
    ])
    if let output { object["output"] = .string(output) }
    for row in rows { object[row.name] = row.json }
    if !sweep.isEmpty { object["sweep"] = .array(sweep.map(\.json)) }
    return .object(object)
  }
}

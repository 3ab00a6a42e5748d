import Foundation
import SparrowCore
import SparrowData
import SparrowTestSupport
import Testing

@testable import SparrowTraining

@Suite struct RunReportTests {
  /// Words are dimensions; their weight is their length.
  private struct WordEncoder: SparseEncoding {
    let words = ["<red>", "blue", "cat", "dog"]
    var dimension: Int { words.count }

    func encode(
      _ texts: [String], role: TextRole, options: EncodingOptions
    ) throws -> SparseMatrix {
      var matrix = SparseMatrix(columnCount: dimension)
      for text in texts {
        let places = words.indices.filter { text.contains(words[$0]) }
        try matrix.append(
          SparseVector(
            dimension: dimension, indices: places.map { TokenID($0) },
            values: places.map { Float(words[$0].count) }))
      }
      return matrix
    }

    func term(_ index: TokenID) -> String? { words[Int(index)] }
  }

  private func run(
    _ folder: URL, steps: ClosedRange<Int>, _ report: RunReport
  ) throws -> String {
    var arguments = TrainingArguments()
    arguments.outputFolder = folder.path
    arguments.learningRate = 1e-4
    var state = TrainingState()
    state.totalSteps = 20
    let control = TrainingControl(state: state, arguments: arguments)
    control.bestMetricKey = "eval_set_ndcg@10"
    try report.receive(.begin, control)
    for step in steps {
      control.state.step = step
      var batch = LossReport(parts: [], total: 1)
      batch.columns = [20, 150].map {
        EmbeddingStatistics(
          rowCount: 8, activeDimensions: $0 - Double(step), emptyRowShare: 0,
          constantDimensions: [])
      }
      batch.averageFLOPS = 3 / Double(step)
      try report.receive(
        .stepEnd(
          StepReport(
            loss: 1, gradientNorm: 1, learningRate: 1, batch: batch, rowCount: 8, tokenCount: 80,
            duration: .seconds(1))), control)
      let line = JSONObject([
        ("loss", .number(1 / Double(step))), ("base_loss", .number(0.5)),
        ("step", .integer(Int64(step))), ("epoch", 1.0),
      ])
      control.state.logHistory.append(line)
      try report.receive(.log(line), control)
      if step % 2 == 0 {
        let metrics = JSONObject([
          ("eval_set_ndcg@10", .number(0.1 * Double(step))), ("eval_set_avg_flops", 2.5),
          ("step", .integer(Int64(step))),
        ])
        control.state.logHistory.append(metrics)
        try report.receive(.evaluation(metrics), control)
      }
    }
    return try String(contentsOf: folder.appendingPathComponent("report.html"), encoding: .utf8)
  }

  private func makeReport() throws -> RunReport {
    let dataset = try Dataset(columns: [
      ("query", [.string("<red> cat?"), .string("blue dog")]),
      ("document", [.string("a <red> cat & a dog"), .string("the blue dog")]),
    ])
    return RunReport(
      encoder: WordEncoder(), samples: .init(dataset), advisor: nil, subtitle: "2 rows")
  }

  @Test func `a report shows losses, sparsity, quality and terms, and escapes texts`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let html = try run(folder, steps: 1...4, makeReport())
      for part in [
        "<h2>Losses</h2>", "<h2>Sparsity</h2>", "<h2>Quality</h2>",
        "Quality and the cost of search", "step 4: 0.4 at 2.5 FLOPS", "set_ndcg@10",
        "<th>step 0</th><th>step 2</th><th>step 4</th>", "&lt;red&gt; cat?",
        "<code>&lt;red&gt;</code> 5", "a &lt;red&gt; cat &amp; a dog", "<code>dog</code>",
        "100 %", "learning_rate", "4 of 20",
      ] {
        #expect(html.contains(part), "\(part)")
      }
      #expect(!html.contains("<red>"))
      #expect(!html.contains("http"), "nothing is loaded from elsewhere")
      #expect(html.components(separatedBy: "<svg").count - 1 == 6)
    }
  }

  @Test func `a resumed run goes on with its series`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let first = try makeReport()
      _ = try run(folder, steps: 1...4, first)
      let second = try makeReport()
      second.restore(try JSONValue(parsing: first.savedState.data()))
      #expect(second.savedState == first.savedState)
      let html = try run(folder, steps: 5...6, second)
      #expect(html.contains("<th>step 0</th><th>step 2</th><th>step 4</th><th>step 6</th>"))
      #expect(second.savedState["sparsity"]?.array?.count == 6)
    }
  }

  @Test func `only so many expansions are kept, the first and the last among them`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let report = try makeReport()
      _ = try run(folder, steps: 1...20, report)
      let steps = report.savedState["expansions"]?.array?.compactMap { $0["step"]?.int } ?? []
      #expect(steps.count == 6)
      #expect(steps.first == 0 && steps.last == 20)
    }
  }

  @Test func `axes have round marks around all values`() throws {
    let axis = try #require(Chart.Axis([0.13, 0.87]))
    #expect(axis.ticks.count == 6)
    for (tick, expected) in zip(axis.ticks, [0, 0.2, 0.4, 0.6, 0.8, 1]) {
      #expect(abs(tick - expected) < 1e-12)
    }
    let same = try #require(Chart.Axis([3, 3]))
    #expect(same.low < 3 && same.high > 3)
    #expect(Chart.Axis([]) == nil)
  }

  @Test func `numbers that are none are left out of charts`() {
    let chart = Chart(
      title: "x", horizontalName: "step",
      series: [
        .init(name: "a", points: [.init(x: 1, y: .nan), .init(x: 2, y: 1), .init(x: 3, y: 2)])
      ])
    #expect(!chart.html.contains("nan"))
    #expect(chart.html.components(separatedBy: "<circle").count - 1 == 2)
  }
}

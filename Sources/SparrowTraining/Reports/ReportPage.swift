import Foundation
import SparrowCore

/// The page of a run's report.
struct ReportPage {
  let title: String
  let subtitle: String
  let state: TrainingState
  let arguments: TrainingArguments
  let record: RunRecord
  let sampleTexts: [String]
  let advice: [TrainingAdvice]
  let summary: TrainingSummary?
  /// The metric that decides what is best, when there is one.
  let qualityKey: String?

  /// The page.
  var html: String {
    """
    <!DOCTYPE html>
    <html lang="en"><head><meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(HTML.escape(title))</title><style>\(Self.style)</style></head><body>
    <h1>\(HTML.escape(title))</h1><p class="sub">\(HTML.escape(subtitle))</p>
    <div class="cards">\(cards)</div>
    \(section("What to look at", adviceList))
    \(section("Losses", charts([lossChart, partsChart])))
    \(section("Sparsity", charts([dimensionsChart, flopsChart])))
    \(section("Quality", charts([qualityChart, tradeOffChart])))
    \(section("Most active terms", activeTerms))
    \(section("What texts expand to", expansions))
    \(section("Settings", settings))
    </body></html>

    """
  }

  private func section(_ name: String, _ content: String) -> String {
    content.isEmpty ? "" : "<section><h2>\(name)</h2>\(content)</section>"
  }

  // MARK: Figures

  private var cards: String {
    var cards: [(String, String)] = [
      ("steps", "\(state.step) of \(state.totalSteps)"),
      ("epochs", AdviceText.number(state.epoch)),
    ]
    if let loss = lines.last(where: { $0["loss"] != nil })?["loss"]?.double {
      cards.append(("loss", AdviceText.number(loss)))
    }
    if let best = state.bestMetric, let qualityKey {
      cards.append(("best \(Self.short(qualityKey))", AdviceText.number(best)))
    }
    if let last = record.sparsity.last {
      cards.append(("active dimensions, queries", AdviceText.number(last.queryDimensions)))
      cards.append(("active dimensions, documents", AdviceText.number(last.documentDimensions)))
      cards.append(("FLOPS", AdviceText.number(last.flops)))
    }
    if let summary {
      let seconds = summary.duration / .seconds(1)
      cards.append(("time", "\(AdviceText.number(seconds)) s"))
      cards.append(
        ("rows a second", AdviceText.number(Double(summary.rowCount) / max(seconds, 1e-9))))
    }
    return cards.map { name, value in
      "<div><b>\(HTML.escape(value))</b>\(HTML.escape(name))</div>"
    }.joined()
  }

  private var adviceList: String {
    guard !advice.isEmpty else { return "" }
    let items = advice.map { "<li>\(HTML.escape($0.message))</li>" }.joined()
    return "<ul>\(items)</ul>"
  }

  // MARK: Charts

  private var lines: [JSONObject] { state.logHistory }

  private func charts(_ charts: [Chart]) -> String {
    charts.filter { !$0.isEmpty }.map(\.html).joined()
  }

  private func series(_ key: String, _ name: String? = nil) -> Chart.Series {
    Chart.Series(
      name: name ?? key,
      points: lines.compactMap { line in
        guard let step = line["step"]?.double, let value = line[key]?.double else { return nil }
        return Chart.Point(x: step, y: value)
      })
  }

  private var lossChart: Chart {
    let all = [series("loss", "training"), series("eval_loss", "evaluation")]
    return Chart(
      title: "Loss", horizontalName: "step", series: all.filter { !$0.points.isEmpty })
  }

  private var partsChart: Chart {
    let own: Set<String> = [
      "loss", "grad_norm", "learning_rate", "epoch", "step", "train_runtime",
      "train_samples_per_second", "train_steps_per_second", "train_loss",
    ]
    var keys: [String] = []
    for key in lines.flatMap(\.keys)
    where !own.contains(key) && !key.hasPrefix("eval_") && !keys.contains(key) {
      keys.append(key)
    }
    return Chart(
      title: "Parts of the loss", horizontalName: "step",
      series: keys.map { series($0, $0.replacing("_", with: " ")) })
  }

  private var dimensionsChart: Chart {
    func points(_ value: (RunRecord.Sparsity) -> Double) -> [Chart.Point] {
      record.sparsity.map { Chart.Point(x: Double($0.step), y: value($0)) }
    }
    return Chart(
      title: "Active dimensions of training batches", horizontalName: "step",
      series: [
        Chart.Series(name: "queries", points: points(\.queryDimensions)),
        Chart.Series(name: "documents", points: points(\.documentDimensions)),
      ])
  }

  private var flopsChart: Chart {
    Chart(
      title: "FLOPS of training batches", horizontalName: "step",
      series: [
        Chart.Series(
          name: "shared dimensions of a query and a document",
          points: record.sparsity.map { Chart.Point(x: Double($0.step), y: $0.flops) })
      ])
  }

  /// Up to four metrics of evaluations that say how good the model is.
  private var qualityKeys: [String] {
    let keys = lines.flatMap(\.keys).filter { $0.hasPrefix("eval_") }
    var chosen: [String] = []
    let wanted = [
      "ndcg@10", "mrr@10", "map@100", "recall@10", "spearman_cosine", "spearman_dot", "accuracy",
      "score",
    ]
    for ending in wanted {
      for key in keys where key.hasSuffix(ending) && !chosen.contains(key) { chosen.append(key) }
    }
    if let qualityKey, keys.contains(qualityKey), !qualityKey.hasSuffix("loss") {
      chosen.removeAll { $0 == qualityKey }
      chosen.insert(qualityKey, at: 0)
    }
    return Array(chosen.prefix(4))
  }

  private var qualityChart: Chart {
    Chart(
      title: "Evaluations", horizontalName: "step",
      series: qualityKeys.map { series($0, Self.short($0)) })
  }

  /// Quality over the cost of search, one dot for each evaluation.
  private var tradeOffChart: Chart {
    guard let quality = qualityKeys.first else {
      return Chart(title: "", horizontalName: "", series: [])
    }
    let points = lines.compactMap { line -> Chart.Point? in
      guard let value = line[quality]?.double, let step = line["step"]?.int,
        let cost = line.members.first(where: { $0.0.hasSuffix("flops") })?.1.double
          ?? record.sparsity.last(where: { $0.step <= step })?.flops
      else { return nil }
      return Chart.Point(
        x: cost, y: value,
        label: "step \(step): \(AdviceText.number(value)) at \(AdviceText.number(cost)) FLOPS")
    }
    return Chart(
      title: "Quality and the cost of search", horizontalName: "FLOPS",
      series: [Chart.Series(name: Self.short(quality), points: points)], style: .dots)
  }

  private static func short(_ key: String) -> String {
    key.hasPrefix("eval_") ? String(key.dropFirst(5)) : key
  }

  // MARK: Terms

  private var activeTerms: String {
    guard !record.activeTerms.isEmpty else { return "" }
    let items = record.activeTerms.map { term in
      "<li><code>\(HTML.escape(term.term))</code><span class=\"bar\" style=\"width:\(Int(term.share * 100))px\"></span>\(Int((term.share * 100).rounded())) %</li>"
    }.joined()
    return
      "<p>The share of sample documents that have each term. A term in every document tells nothing apart.</p><ul class=\"terms\">\(items)</ul>"
  }

  private var expansions: String {
    guard let first = record.expansions.first, !first.terms.isEmpty else { return "" }
    let head = record.expansions.map { "<th>step \($0.step)</th>" }.joined()
    let rows = sampleTexts.enumerated().map { place, text in
      let cells = record.expansions.map { expansion in
        let terms = place < expansion.terms.count ? expansion.terms[place] : []
        let list = terms.map {
          "<code>\(HTML.escape($0.term))</code> \(AdviceText.number(Double($0.weight)))"
        }
        return "<td>\(list.joined(separator: "<br>"))</td>"
      }.joined()
      return "<tr><th>\(HTML.escape(String(text.prefix(160))))</th>\(cells)</tr>"
    }.joined()
    return "<div class=\"wide\"><table><tr><th>text</th>\(head)</tr>\(rows)</table></div>"
  }

  private var settings: String {
    let rows = arguments.nonDefaultJSON.members.map { key, value in
      "<tr><th>\(HTML.escape(key))</th><td><code>\(HTML.escape(value.text()))</code></td></tr>"
    }.joined()
    return rows.isEmpty ? "" : "<table>\(rows)</table>"
  }

  private static let style = """
    :root {
      color-scheme: light dark; --ink: #1c2024; --soft: #60646c; --line: #d9d9e0; --paper: #fff;
      --s0: #3b6fd4; --s1: #d9822b; --s2: #2f9e62; --s3: #b1479c;
    }
    @media (prefers-color-scheme: dark) {
      :root { --ink: #edeef0; --soft: #b0b4ba; --line: #363a3f; --paper: #18191b; }
    }
    body {
      font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
      max-width: 1060px; margin: 2em auto; padding: 0 1em;
    }
    h1 { margin: 0; }
    h2 { margin: 1.6em 0 .4em; font-size: 1.15em; }
    .sub { color: var(--soft); margin: .2em 0 1em; }
    .cards { display: flex; flex-wrap: wrap; gap: .6em; }
    .cards div {
      border: 1px solid var(--line); border-radius: 8px; padding: .5em .9em;
      color: var(--soft); font-size: .85em;
    }
    .cards b { display: block; color: var(--ink); font-size: 1.35em; }
    section figure {
      display: inline-block; width: min(100%, 510px); margin: .4em .5em .4em 0; vertical-align: top;
    }
    figcaption { font-weight: 600; font-size: .9em; }
    .key { font-weight: 400; color: var(--soft); margin-left: 1em; }
    .key::before {
      content: ""; display: inline-block; width: .7em; height: .7em; border-radius: 50%;
      margin-right: .3em; background: currentColor;
    }
    svg { width: 100%; height: auto; }
    .grid { stroke: var(--line); }
    .tick { fill: var(--soft); font-size: 12px; }
    .s0 { --series: var(--s0); }
    .s1 { --series: var(--s1); }
    .s2 { --series: var(--s2); }
    .s3 { --series: var(--s3); }
    .line { fill: none; stroke-width: 1.8; stroke: var(--series); }
    .dot { fill: var(--series); }
    .key::before { color: var(--series); }
    table { border-collapse: collapse; font-size: .9em; }
    th, td {
      border: 1px solid var(--line); padding: .3em .6em; text-align: left; vertical-align: top;
    }
    th { font-weight: 500; max-width: 22em; }
    .wide { overflow-x: auto; }
    .terms { columns: 3 220px; list-style: none; padding: 0; }
    .bar {
      display: inline-block; height: .6em; margin: 0 .4em; background: var(--s0);
      border-radius: 3px;
    }
    """
}

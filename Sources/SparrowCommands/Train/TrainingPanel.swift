import SparrowCore
import SparrowTraining

/// What a person sees of a run while it goes: losses with their curve, sparsity, and quality.
struct TrainingPanel {
  private var last: StepReport?
  private var losses: [Double] = []
  private var counted: LossReport?
  private var quality: String?

  /// Takes a step's numbers.
  mutating func note(_ report: StepReport) {
    last = report
    losses.append(report.loss)
    if !report.batch.columns.isEmpty { counted = report.batch }
  }

  /// Takes the number of an evaluation that decides what is best, or its nDCG.
  mutating func note(_ metrics: JSONObject, _ control: TrainingControl) {
    let key = control.bestMetricKey ?? metrics.keys.first { $0.hasSuffix("ndcg@10") } ?? "eval_loss"
    guard let value = metrics[key]?.double else { return }
    let name = key.hasPrefix("eval_") ? String(key.dropFirst("eval_".count)) : key
    quality = Self.text(name, value)
    // The state still has the best number before this one.
    guard let best = control.state.bestMetric, let step = control.state.bestStep,
      control.prefersGreaterMetric ? best > value : best < value
    else { return }
    quality = Self.text(name, value) + ", best \(NumberText.fixed(best, 4)) at step \(step)"
  }

  /// The lines, each at most as wide as a small terminal.
  var lines: [String] {
    guard let last else { return [] }
    var parts = [Self.text("loss", last.loss)]
    if last.batch.parts.count > 1 {
      parts += last.batch.parts.map { Self.text(Self.word(of: $0.name), $0.value) }
    }
    parts.append(Self.text("rate", last.learningRate))
    let curve = Self.curve(losses)
    let state = [sparsity, quality].compactMap(\.self).joined(separator: "  ")
    let lines = [parts.joined(separator: "  "), curve.isEmpty ? "" : "curve " + curve, state]
    return lines.filter { !$0.isEmpty }
  }

  /// Active dimensions of each column and FLOPS, of the last batch in which they were counted.
  var sparsity: String? {
    guard let counted else { return nil }
    let numbers = counted.columns.map { NumberText.fixed($0.activeDimensions, 0) }
    let flops = counted.averageFLOPS.map { "  FLOPS \(NumberText.fixed($0, 2))" } ?? ""
    return "active \(numbers.joined(separator: "/"))\(flops)"
  }

  /// A part's name in a word: `documents` for `document_regularizer_loss`.
  private static func word(of part: String) -> String {
    switch part {
    case "base_loss": "base"
    case "document_regularizer_loss": "documents"
    case "query_regularizer_loss": "queries"
    default: part
    }
  }

  /// A word and a number, in powers of ten when it is small.
  static func text(_ word: String, _ value: Double) -> String {
    let isSmall = value != 0 && abs(value) < 0.001
    let number = isSmall ? NumberText.scientific(value) : NumberText.fixed(value, 4)
    return "\(word) \(number)"
  }

  /// The means of equal stretches as bars of eight heights; empty for too few values.
  static func curve(_ values: [Double], width: Int = 60) -> String {
    let bars: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    let count = min(width, values.count / 2)
    guard count > 1 else { return "" }
    let means = (0..<count).map { bar in
      let stretch = values[(bar * values.count / count)..<((bar + 1) * values.count / count)]
      return stretch.reduce(0, +) / Double(stretch.count)
    }
    guard let low = means.min(), let high = means.max(), high > low else { return "" }
    return String(means.map { bars[Int(($0 - low) / (high - low) * 7.99)] })
  }
}

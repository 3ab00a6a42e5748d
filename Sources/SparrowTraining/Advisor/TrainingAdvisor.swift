import Foundation
import SparrowCore

/// Watches a run for what commonly goes wrong, and says what it saw and what to change.
///
/// It looks at the data before the first step, at losses and sparsity with every log line, and at
/// evaluations. ``Trainer`` has one; what it says reaches callbacks as warnings.
public final class TrainingAdvisor: TrainingCallback {
  /// What was said so far.
  public private(set) var advice: [TrainingAdvice] = []

  private let datasets: [TrainingDataset]
  private let losses: [any TrainingLoss]
  private let term: (Int) -> String?
  private var lastStep: StepReport?
  /// Base losses of log lines, in order.
  private var baseLosses: [Double] = []
  /// How often in a row a dimension had a weight in every document of a logged batch.
  private var constantRuns: [Int: Int] = [:]
  /// Evaluations: the deciding value, and the base loss at that time.
  private var evaluations: [(value: Double, baseLoss: Double?)] = []

  /// Limits beyond which something is said.
  enum Limit {
    /// Share of texts without any weight.
    static let emptyRowShare = 0.02
    /// Active dimensions of queries and documents that an index works well with.
    static let queryDimensions = 2.0...128.0
    static let documentDimensions = 8.0...1024.0
    /// Share of the run after which sparsity and progress are judged.
    static let settledShare = 0.5
    static let progressShare = 0.3
    /// Log lines in a row with which a term counts as constant, and rows such a batch must have.
    static let constantLines = 3
    static let constantRows = 8
    /// What the penalties may be of the base loss.
    static let regularizerRatio = 2.0
    /// What is left at most of the first losses, or of the loss of guessing, when a model learns.
    static let progressRatio = 0.97
    /// A ranking loss below this share of guessing's is that of a model which already ranks: it may
    /// stand still.
    static let rankingShare = 0.5
    /// Evaluations in a row that are worse than the best.
    static let worseEvaluations = 3
  }

  /// Makes an advisor of a run's datasets and their losses; `term` names dimensions.
  init(
    datasets: [TrainingDataset], losses: [any TrainingLoss], term: @escaping (Int) -> String?
  ) {
    self.datasets = datasets
    self.losses = losses
    self.term = term
  }

  /// Looks at what happened.
  public func receive(_ event: TrainingEvent, _ control: TrainingControl) throws {
    switch event {
    case .begin:
      guard control.state.step == 0 else { return }
      for (dataset, loss) in zip(datasets, losses) {
        let check = DatasetAdvice(dataset, loss: loss, arguments: control.arguments)
        for (kind, message) in try check.findings() { say(kind, message, control) }
      }
    case .stepEnd(let report): lastStep = report
    case .log(let line):
      guard line["loss"] != nil, let report = lastStep else { return }
      judgeSparsity(report.batch, control)
      judgeProgress(line, report, control)
    case .evaluation(let metrics): judgeEvaluation(metrics, control)
    case .stepBegin, .willLog, .checkpoint, .warning, .end: break
    }
  }

  private func say(_ kind: TrainingAdvice.Kind, _ message: String, _ control: TrainingControl) {
    guard !advice.contains(where: { $0.kind == kind }) else { return }
    advice.append(TrainingAdvice(kind: kind, step: control.state.step, message: message))
    control.warn(message)
  }

  private var regularized: (any RegularizedLoss)? {
    losses.lazy.compactMap { $0 as? any RegularizedLoss }.first
  }

  // MARK: Sparsity

  private func judgeSparsity(_ report: LossReport, _ control: TrainingControl) {
    guard let loss = regularized, report.columns.count > 1 else { return }
    let step = control.state.step
    for (place, column) in report.columns.enumerated() {
      let side = Side(place)
      if column.emptyRowShare > Limit.emptyRowShare {
        say(
          .emptyVectors,
          "\(percent(column.emptyRowShare)) of the \(side.name) of step \(step) have no weight at all, so that nothing can find them. Divide \(side.weightName) (\(number(side.weight(loss)))) by ten, or let the weights rise longer.",
          control)
      }
      judgeCounts(column, side, loss, control)
    }
    judgeConstantTerms(report.columns, loss, control)
  }

  private func judgeCounts(
    _ column: EmbeddingStatistics, _ side: Side, _ loss: any RegularizedLoss,
    _ control: TrainingControl
  ) {
    let state = control.state
    guard Double(state.step) >= Limit.settledShare * Double(state.totalSteps),
      loss.weightFactor == 1, column.emptyRowShare <= Limit.emptyRowShare
    else { return }
    let count = column.activeDimensions
    let range = side.isQuery ? Limit.queryDimensions : Limit.documentDimensions
    if count > range.upperBound {
      let factor = side.weight(loss) == nil ? "Set" : "Multiply"
      say(
        .tooDense,
        "The \(side.name) of step \(state.step) have \(number(count)) active dimensions on average, more than the \(number(range.upperBound)) up to which an index is fast. \(factor) \(side.weightName) (\(number(side.weight(loss)))) \(factor == "Set" ? "to a number above 0" : "by three to ten").",
        control)
    } else if count < range.lowerBound {
      say(
        .tooSparse,
        "The \(side.name) of step \(state.step) have only \(number(count)) active dimensions on average, too few to tell texts apart. Divide \(side.weightName) (\(number(side.weight(loss)))) by three to ten.",
        control)
    }
  }

  private func judgeConstantTerms(
    _ columns: [EmbeddingStatistics], _ loss: any RegularizedLoss, _ control: TrainingControl
  ) {
    let documents = columns.dropFirst()
    guard let first = documents.first, documents.allSatisfy({ $0.rowCount >= Limit.constantRows })
    else { return }
    let constant = documents.reduce(Set(first.constantDimensions)) {
      $0.intersection($1.constantDimensions)
    }
    constantRuns = Dictionary(
      uniqueKeysWithValues: constant.map { ($0, (constantRuns[$0] ?? 0) + 1) })
    let settled = constantRuns.filter { $0.value >= Limit.constantLines }.keys.sorted()
    guard !settled.isEmpty,
      Double(control.state.step) >= Limit.progressShare * Double(control.state.totalSteps)
    else { return }
    let names = settled.prefix(5).map { "'\(term($0) ?? "#\($0)")'" }.joined(separator: ", ")
    say(
      .constantTerms,
      "\(settled.count) term\(settled.count == 1 ? " has" : "s have") a weight in every document of the last \(Limit.constantLines) logged batches (\(names)); they cost time in every search and tell nothing apart. Raise document_regularizer_weight (\(number(loss.documentWeight))): it presses most on such terms.",
      control)
  }

  // MARK: Progress

  private func judgeProgress(
    _ line: JSONObject, _ report: StepReport, _ control: TrainingControl
  ) {
    guard let base = line["base_loss"]?.double else { return }
    baseLosses.append(base)
    let state = control.state
    let progress = Double(state.step) / Double(max(1, state.totalSteps))
    let penalties = ["document_regularizer_loss", "query_regularizer_loss"]
      .compactMap { line[$0]?.double }.reduce(0, +)
    if let loss = regularized, loss.weightFactor == 1, progress >= Limit.settledShare,
      penalties > Limit.regularizerRatio * base, base > 0
    {
      say(
        .regularizersDominate,
        "At step \(state.step) the penalties (\(number(penalties))) are \(number(penalties / base)) times the base loss (\(number(base))): the model learns to be sparse more than to rank. Divide the regulariser weights by three.",
        control)
    }
    guard progress >= Limit.progressShare, let trend = LossTrend(baseLosses),
      trend.greatestFall < 1 - Limit.progressRatio, !evaluationsImprove
    else { return }
    let guess = guessingLoss(report, control)
    if let guess, trend.end > Limit.progressRatio * guess {
      say(
        .guessing,
        "After \(state.step) steps the base loss is \(number(trend.end)), that of guessing among \(number(exp(guess).rounded())) documents (\(number(guess))). Are the columns in the order query, document, and do they belong together row by row?",
        control)
    } else if trend.end > Limit.rankingShare * (guess ?? 0) {
      say(
        .notLearning,
        "The base loss was about \(number(trend.start)) at the beginning and is about \(number(trend.end)) after \(state.step) steps; batches differ too little to hide progress. Raise learning_rate (\(number(control.arguments.learningRate))), or check that columns and loss belong together.",
        control)
    }
  }

  /// Whether a later evaluation was better than the first.
  private var evaluationsImprove: Bool {
    guard let first = evaluations.first else { return false }
    return evaluations.contains { $0.value > first.value }
  }

  /// The loss of a ranking that knows nothing: the logarithm of the number of documents.
  private func guessingLoss(_ report: StepReport, _ control: TrainingControl) -> Double? {
    guard let ranking = regularized?.base as? SparseMultipleNegativesRankingLoss,
      ranking.directions == [.queryToDocument]
    else { return nil }
    let columns = report.batch.columns
    guard columns.count > 1 else { return nil }
    return log(Double(columns.dropFirst().reduce(0) { $0 + $1.rowCount }))
  }

  private func judgeEvaluation(_ metrics: JSONObject, _ control: TrainingControl) {
    let key = control.bestMetricKey ?? "eval_loss"
    guard let value = metrics[key]?.double else { return }
    let sign = control.bestMetricKey != nil && control.prefersGreaterMetric ? 1.0 : -1.0
    evaluations.append((value * sign, baseLosses.last))
    guard let best = evaluations.enumerated().max(by: { $0.element.value < $1.element.value })
    else { return }
    let worse = evaluations.count - 1 - best.offset
    guard worse >= Limit.worseEvaluations, let before = best.element.baseLoss,
      let now = baseLosses.last, now < before
    else { return }
    say(
      .overfitting,
      "'\(key)' was best \(worse) evaluations ago (\(number(best.element.value * sign)), now \(number(value))) while the base loss fell from \(number(before)) to \(number(now)): the model learns the rows by heart. Train shorter, set early_stopping_patience, or add data.",
      control)
  }

  private func percent(_ share: Double) -> String { "\(number(share * 100)) %" }

  private func number(_ value: Double?) -> String { value.map(AdviceText.number) ?? "not set" }

  /// Queries, or documents of any column.
  private struct Side {
    let isQuery: Bool
    init(_ place: Int) { isQuery = place == 0 }
    var name: String { isQuery ? "queries" : "documents" }
    var weightName: String {
      isQuery ? "query_regularizer_weight" : "document_regularizer_weight"
    }
    func weight(_ loss: any RegularizedLoss) -> Double? {
      isQuery ? loss.queryWeight : loss.documentWeight
    }
  }
}

/// How numbers are written in advice.
enum AdviceText {
  /// Three significant digits, without needless zeros.
  static func number(_ value: Double) -> String {
    if value == value.rounded(), abs(value) < 1e6 { return String(Int(value)) }
    return String(format: "%.3g", value)
  }
}

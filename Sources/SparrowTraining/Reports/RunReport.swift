import Foundation
public import SparrowCore
import SparrowData

/// Writes `report.html`, one file that shows a run: losses, sparsity, quality, their trade-off, the
/// most active terms, and what sample texts expand to over time.
///
/// It is written anew at every evaluation and at the end, and opens in any browser without a network.
public final class RunReport: TrainingCallback {
  private let encoder: any SparseEncoding
  private let samples: Samples
  private let advisor: TrainingAdvisor?
  private let subtitle: String
  private var record = RunRecord()
  private var lastStep: StepReport?

  /// Texts that are encoded again and again.
  struct Samples {
    /// Texts whose expansions are shown, with their roles.
    var shown: [(text: String, role: TextRole)]
    /// Documents over which active terms are counted.
    var counted: [String]

    /// Takes texts from the beginning of a dataset's first columns.
    init(_ dataset: Dataset) {
      func texts(_ place: Int, _ count: Int) -> [String] {
        guard place < dataset.inputColumns.count else { return [] }
        return (dataset[dataset.inputColumns[place]] ?? []).prefix(count).compactMap(\.string)
      }
      shown =
        texts(0, 3).map { ($0, .query) } + texts(1, 2).map { ($0, .document) }
      counted = texts(1, 64)
    }
  }

  private static let termCount = 12
  private static let activeTermCount = 24
  /// The most times at which expansions are kept; the middle ones go first.
  private static let expansionCount = 6

  init(
    encoder: any SparseEncoding, samples: Samples, advisor: TrainingAdvisor?, subtitle: String
  ) {
    self.encoder = encoder
    self.samples = samples
    self.advisor = advisor
    self.subtitle = subtitle
  }

  /// Collects what is shown, and writes the file.
  public func receive(_ event: TrainingEvent, _ control: TrainingControl) throws {
    switch event {
    case .begin:
      if record.expansions.isEmpty { try sample(control) }
    case .stepEnd(let report): lastStep = report
    case .log(let line):
      guard line["loss"] != nil, let batch = lastStep?.batch, batch.columns.count > 1 else {
        return
      }
      let documents = batch.columns.dropFirst().map(\.activeDimensions)
      record.sparsity.append(
        RunRecord.Sparsity(
          step: control.state.step, queryDimensions: batch.columns[0].activeDimensions,
          documentDimensions: documents.reduce(0, +) / Double(documents.count),
          flops: batch.averageFLOPS ?? .nan))
    case .evaluation:
      try sample(control)
      try write(control, summary: nil)
    case .end(let summary):
      try sample(control)
      try write(control, summary: summary)
    case .stepBegin, .willLog, .checkpoint, .warning: break
    }
  }

  /// The series and expansions so far.
  public var savedState: JSONValue { record.json }

  /// Continues the series of a resumed run.
  public func restore(_ savedState: JSONValue) { record = RunRecord(savedState) }

  private func sample(_ control: TrainingControl) throws {
    let step = control.state.step
    guard record.expansions.last?.step != step || record.expansions.isEmpty else { return }
    let options = EncodingOptions()
    let terms = try samples.shown.map { text, role in
      let vector = try encoder.encode([text], role: role, options: options)[0]
      return zip(vector.indices, vector.values).sorted { ($1.1, $0.0) < ($0.1, $1.0) }
        .prefix(Self.termCount).map { TermWeight(term: name($0.0), weight: $0.1) }
    }
    record.expansions.append(RunRecord.Expansions(step: step, terms: terms))
    if record.expansions.count > Self.expansionCount {
      record.expansions.remove(at: Self.expansionCount / 2)
    }
    guard !samples.counted.isEmpty else { return }
    let vectors = try encoder.encode(samples.counted, role: .document, options: options)
    var counts: [TokenID: Int] = [:]
    for index in vectors.indices { counts[index, default: 0] += 1 }
    record.activeTerms = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .prefix(Self.activeTermCount).map {
        RunRecord.TermShare(
          term: name($0.key), share: Double($0.value) / Double(samples.counted.count))
      }
  }

  private func name(_ index: TokenID) -> String { encoder.term(index) ?? "#\(index)" }

  private func write(_ control: TrainingControl, summary: TrainingSummary?) throws {
    let folder = URL(fileURLWithPath: control.arguments.outputFolder, isDirectory: true)
    let page = ReportPage(
      title: control.arguments.runName ?? folder.lastPathComponent, subtitle: subtitle,
      state: control.state, arguments: control.arguments, record: record,
      sampleTexts: samples.shown.map(\.text), advice: advisor?.advice ?? [], summary: summary,
      qualityKey: control.bestMetricKey)
    try AtomicFile.write(
      Data(page.html.utf8), to: folder.appendingPathComponent("report.html"))
  }
}

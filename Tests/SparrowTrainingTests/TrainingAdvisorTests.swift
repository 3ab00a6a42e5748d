import Foundation
import SparrowCore
import SparrowData
import SparrowTestSupport
import Testing

@testable import SparrowTraining

@Suite struct TrainingAdvisorTests {
  /// A run that is told to an advisor line by line.
  private final class Told {
    let advisor: TrainingAdvisor
    let control: TrainingControl
    let loss: SpladeLoss

    init(
      rows: Int = 5000, base: (any EmbeddingLoss)? = nil, arguments: TrainingArguments? = nil,
      dataset: TrainingDataset? = nil, totalSteps: Int = 100
    ) throws {
      let ranking = try SparseMultipleNegativesRankingLoss()
      loss = try SpladeLoss(
        base ?? ranking, documentRegularizerWeight: 3e-5, queryRegularizerWeight: 5e-5)
      var usual = TrainingArguments()
      usual.trainBatchSize = 32
      let data = try dataset ?? Told.distinctPairs(rows)
      advisor = TrainingAdvisor(datasets: [data], losses: [loss]) { "term\($0)" }
      var state = TrainingState()
      state.totalSteps = totalSteps
      control = TrainingControl(state: state, arguments: arguments ?? usual)
    }

    static func distinctPairs(_ rows: Int) throws -> TrainingDataset {
      TrainingDataset(
        try Dataset(columns: [
          ("query", (0..<rows).map { .string("q\($0)") }),
          ("document", (0..<rows).map { .string("d\($0)") }),
        ]))
    }

    func line(
      step: Int, baseLoss: Double = 1, penalties: Double = 0.1,
      columns: [EmbeddingStatistics] = []
    ) throws {
      control.state.step = step
      var batch = LossReport(parts: [], total: baseLoss)
      batch.columns = columns
      try advisor.receive(
        .stepEnd(
          StepReport(
            loss: baseLoss, gradientNorm: 1, learningRate: 1e-5, batch: batch, rowCount: 32,
            tokenCount: 1000, duration: .seconds(1))), control)
      try advisor.receive(
        .log(
          JSONObject([
            ("loss", .number(baseLoss)), ("base_loss", .number(baseLoss)),
            ("document_regularizer_loss", .number(penalties)),
          ])), control)
    }

    func evaluation(_ key: String, _ value: Double) throws {
      try advisor.receive(.evaluation(JSONObject([(key, .number(value))])), control)
    }

    var kinds: [TrainingAdvice.Kind] { advisor.advice.map(\.kind) }
    var text: String { advisor.advice.map(\.message).joined(separator: "\n") }
  }

  private func statistics(
    _ active: Double, rows: Int = 32, empty: Double = 0, constant: [Int] = []
  ) -> EmbeddingStatistics {
    EmbeddingStatistics(
      rowCount: rows, activeDimensions: active, emptyRowShare: empty, constantDimensions: constant)
  }

  @Test func `a healthy run gets no advice`() throws {
    let told = try Told()
    try told.advisor.receive(.begin, told.control)
    for step in 1...10 {
      try told.line(
        step: step * 10, baseLoss: 2 / Double(step),
        columns: [statistics(20), statistics(150)])
      try told.evaluation("eval_loss", 1 / Double(step))
    }
    #expect(told.advisor.advice.isEmpty, "\(told.text)")
  }

  @Test func `texts without weights are told once, with the weight to change`() throws {
    let told = try Told()
    for step in 1...3 {
      try told.line(step: step, columns: [statistics(20), statistics(100, empty: 0.125)])
    }
    #expect(told.kinds == [.emptyVectors])
    #expect(told.text.contains("12.5 % of the documents of step 1"))
    #expect(told.text.contains("document_regularizer_weight (3e-05)"))
    #expect(told.control.takeWarnings().count == 1)
  }

  @Test func `sparsity out of the useful range is judged once it has settled`() throws {
    let dense = try Told()
    try dense.line(step: 10, columns: [statistics(20), statistics(5000)])
    #expect(dense.advisor.advice.isEmpty)
    try dense.line(step: 60, columns: [statistics(20), statistics(5000)])
    #expect(dense.kinds == [.tooDense])
    #expect(dense.text.contains("5000 active dimensions") && dense.text.contains("Multiply"))
    let sparse = try Told()
    try sparse.line(step: 60, columns: [statistics(1.25), statistics(100)])
    #expect(sparse.kinds == [.tooSparse])
    #expect(sparse.text.contains("only 1.25") && sparse.text.contains("query_regularizer_weight"))
    let rising = try Told()
    rising.loss.weightFactor = 0.5
    try rising.line(step: 60, columns: [statistics(1), statistics(5000)])
    #expect(rising.advisor.advice.isEmpty)
  }

  @Test func `terms of every document are named`() throws {
    let told = try Told()
    for step in [40, 50, 60] {
      try told.line(
        step: step,
        columns: [statistics(20), statistics(150, constant: step == 50 ? [3, 7] : [3, 7, 9])])
    }
    #expect(told.kinds == [.constantTerms])
    #expect(told.text.contains("2 terms have") && told.text.contains("'term3', 'term7'"))
  }

  @Test func `penalties that outweigh the loss are told`() throws {
    let told = try Told()
    try told.line(step: 70, baseLoss: 0.5, penalties: 2)
    #expect(told.kinds == [.regularizersDominate])
    #expect(told.text.contains("are 4 times the base loss (0.5)"))
  }

  @Test func `a loss that stands still is told apart from one of guessing`() throws {
    let still = try Told()
    for step in 1...8 {
      try still.line(step: step * 10, baseLoss: 2.5, columns: [statistics(20), statistics(150)])
    }
    #expect(still.kinds == [.notLearning])
    let guessing = try Told()
    for step in 1...8 {
      try guessing.line(
        step: step * 10, baseLoss: log(32), columns: [statistics(20), statistics(150)])
    }
    #expect(guessing.kinds == [.guessing])
    #expect(guessing.text.contains("guessing among 32 documents (3.47)"))
  }

  /// Base losses of a fine-tuning run whose nDCG rose, with the noise of its batches.
  @Test func `noise does not pass for standing still`() throws {
    let told = try Told()
    let losses = [0.282, 0.31, 0.255, 0.27, 0.301, 0.24, 0.262, 0.284]
    for (place, loss) in losses.enumerated() {
      try told.line(
        step: (place + 1) * 10, baseLoss: loss, columns: [statistics(20), statistics(150)])
    }
    #expect(told.advisor.advice.isEmpty, "\(told.text)")
    let generator = MersenneTwister(seed: 7)
    for noise in [0.05, 0.2, 0.5] {
      var random = generator
      let falling = try Told()
      for step in 1...20 {
        let share = Double(random.next()) / Double(UInt32.max) - 0.5
        let loss = 3 - 0.05 * Double(step) + noise * share
        try falling.line(
          step: step * 5, baseLoss: loss, columns: [statistics(20), statistics(150)])
      }
      #expect(falling.advisor.advice.isEmpty, "\(noise): \(falling.text)")
    }
  }

  @Test func `evaluations that improve outweigh a loss that does not`() throws {
    let told = try Told()
    for step in 1...8 {
      try told.line(step: step * 10, baseLoss: 2.5, columns: [statistics(20), statistics(150)])
      try told.evaluation("eval_loss", 1 / Double(step))
    }
    #expect(!told.kinds.contains(.notLearning))
  }

  @Test func `a trend knows its error`() throws {
    #expect(LossTrend([1, 2, 3]) == nil)
    let line = try #require(LossTrend((0..<10).map { 5 - 0.1 * Double($0) }))
    #expect(abs(line.start - 5) < 1e-12 && abs(line.end - 4.1) < 1e-12 && line.error < 1e-12)
    // By hand: slope 0, residuals ±1, so that the error of the slope is sqrt(8 / 6 / 42).
    let noisy = try #require(LossTrend([1, -1, -1, 1, 1, -1, -1, 1].map { $0 + 3 }))
    #expect(abs(noisy.start - 3) < 1e-12 && abs(noisy.end - 3) < 1e-12)
    #expect(abs(noisy.error - 7 * (8.0 / 6 / 42).squareRoot()) < 1e-12)
  }

  @Test func `evaluations that get worse while the loss falls are told`() throws {
    let told = try Told()
    for (index, value) in [0.5, 0.4, 0.45, 0.5, 0.6].enumerated() {
      try told.line(step: index * 10 + 1, baseLoss: 2 - 0.3 * Double(index))
      try told.evaluation("eval_loss", value)
    }
    #expect(told.kinds == [.overfitting])
    #expect(told.text.contains("'eval_loss' was best 3 evaluations ago (0.4, now 0.6)"))
  }

  @Test func `data is judged before the first step`() throws {
    var arguments = TrainingArguments()
    arguments.trainBatchSize = 4
    arguments.epochCount = 10
    let told = try Told(rows: 40, arguments: arguments)
    try told.advisor.receive(.begin, told.control)
    #expect(told.kinds == [.smallData, .smallBatches])
    #expect(told.text.contains("40 rows, each seen 10 times"))
    #expect(told.text.contains("only 4 documents in a batch of 4 rows"))
  }

  @Test func `equal texts in a batch are counted`() throws {
    let dataset = TrainingDataset(
      try Dataset(columns: [
        ("query", (0..<2000).map { .string("q\($0 % 200)") }),
        ("document", (0..<2000).map { .string("d\($0)") }),
      ]))
    let told = try Told(dataset: dataset)
    try told.advisor.receive(.begin, told.control)
    #expect(told.kinds == [.falseNegatives])
    #expect(told.text.contains("About 89 %") && told.text.contains("is in 10 rows"))
    var arguments = TrainingArguments()
    arguments.batchSampling = .noDuplicates
    arguments.trainBatchSize = 32
    let careful = try Told(arguments: arguments, dataset: dataset)
    try careful.advisor.receive(.begin, careful.control)
    #expect(careful.advisor.advice.isEmpty)
  }

  @Test func `labels of the wrong size are told`() throws {
    func kinds(
      _ base: any EmbeddingLoss, labels: [DatasetValue], columns: Int
    ) throws -> (kinds: [TrainingAdvice.Kind], text: String) {
      let names = ["query", "positive", "negative"].prefix(columns)
      let texts = names.map { name in
        (name: name, values: labels.indices.map { DatasetValue.string("\(name) \($0)") })
      }
      let dataset = TrainingDataset(
        try Dataset(columns: texts + [(name: "label", values: labels)]))
      let told = try Told(base: base, dataset: dataset)
      try told.advisor.receive(.begin, told.control)
      return (told.kinds.filter { $0 == .labelScale }, told.text)
    }
    let small = (0..<2000).map { DatasetValue.float(Double($0 % 7) / 20) }
    let margin = try kinds(SparseMarginMSELoss(), labels: small, columns: 3)
    #expect(margin.kinds == [.labelScale] && margin.text.contains("Multiply the labels by about"))
    let equal = (0..<2000).map { _ in DatasetValue.float(0.5) }
    #expect(try kinds(SparseCoSENTLoss(), labels: equal, columns: 2).kinds == [.labelScale])
    let flat = (0..<2000).map { DatasetValue.floats([0.5, 0.52 + Double($0 % 3) / 1000]) }
    let divergence = try kinds(SparseDistillKLDivLoss(), labels: flat, columns: 3)
    #expect(divergence.kinds == [.labelScale])
    #expect(divergence.text.contains("differ by only 0.021"))
    let wide = (0..<2000).map { DatasetValue.floats([9, Double($0 % 5)]) }
    #expect(try kinds(SparseDistillKLDivLoss(), labels: wide, columns: 3).kinds.isEmpty)
  }

  @Test func `a run's callbacks get advice as warnings`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let example = try TrainingExample(folder: folder)
      let recorder = EventRecorder()
      let trainer = try example.trainer(callbacks: [recorder])
      try trainer.train()
      // 22 rows with many equal texts in batches of 4.
      #expect(trainer.advisor.advice.map(\.kind).contains(.smallBatches))
      #expect(Set(recorder.warnings).isSuperset(of: trainer.advisor.advice.map(\.message)))
    }
  }
}

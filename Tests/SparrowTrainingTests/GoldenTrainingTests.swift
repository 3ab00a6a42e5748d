import Foundation
import SparrowCore
import SparrowData
import SparrowModelFiles
import SparrowModels
import SparrowNN
import SparrowTensor
import SparrowTestSupport
import SparrowTraining
import Testing

/// Whole runs against the reference's traces.
@Suite(.serialized) struct GoldenTrainingTests {
  private func modelFolder() -> URL? {
    let folder = Fixtures.model("splade-tiny")
    if folder == nil {
      Fixtures.skip("GoldenTrainingTests", because: "no model splade-tiny; `make setup` fetches it")
    }
    return folder
  }

  private func rankingLoss() throws -> SpladeLoss {
    try SpladeLoss(
      SparseMultipleNegativesRankingLoss(scale: 0.05), documentRegularizerWeight: 0.003,
      queryRegularizerWeight: 0.005)
  }

  private func dataset(_ golden: JSONValue, hasMargins: Bool = false) throws -> TrainingDataset {
    var columns = try #require(golden["dataset"]?.object).members.map { name, texts in
      (name: name, values: (texts.array ?? []).map { DatasetValue.string($0.string ?? "") })
    }
    if hasMargins {
      let margins = try #require(golden["margin_labels"]?.array)
      columns.append(
        (name: "label", values: margins.map { DatasetValue.float($0.double ?? .nan) }))
    }
    return TrainingDataset(try Dataset(columns: columns))
  }

  private func arguments(_ run: JSONValue, folder: URL) throws -> TrainingArguments {
    var arguments = TrainingArguments()
    try arguments.set(try #require(run["args"]?.object))
    arguments.outputFolder = folder.path
    return arguments
  }

  private func loss(_ run: JSONValue) throws -> any TrainingLoss {
    switch run["name"]?.string {
    case "splade_margin_mse":
      try SpladeLoss(
        SparseMarginMSELoss(), documentRegularizerWeight: 0.08, queryRegularizerWeight: 0.1)
    case "cached_splade_mnrl":
      try CachedSpladeLoss(
        SparseMultipleNegativesRankingLoss(scale: 0.05),
        .init(documentRegularizerWeight: 0.003, queryRegularizerWeight: 0.005),
        miniBatch: .texts(3))
    case "csr_mnrl": try CSRLoss(SparseMultipleNegativesRankingLoss())
    default: try rankingLoss()
    }
  }

  @Test func `the gradient of one batch equals the reference's`() throws {
    guard let folder = modelFolder() else { return }
    let golden = try Fixtures.golden("train")
    let expected = try #require(golden["first_batch_gradients"])
    let encoder = try SparseEncoder(folder: folder)
    let tokenize = try encoder.trainingTokenizer(route: nil)
    let data = try dataset(golden).dataset
    let columns = try data.inputColumns.map { name in
      EncoderColumn(
        tokens: try tokenize((data[name] ?? []).prefix(4).compactMap(\.string)))
    }
    let report = try rankingLoss().run(
      TrainingBatch(rows: [0, 1, 2, 3], columns: columns),
      in: LossContext(encoder: WithoutDropout(encoder), gradientFactor: 1))
    for part in report.parts {
      let wanted = try #require(expected["losses"]?[part.name]?.double)
      let difference = compare([part.value], with: [wanted], relative: 1e-5)
      #expect(difference.isWithinTolerance, "\(part.name): \(difference)")
    }
    let norm = try GradientClipping.clip(encoder.parameters, to: nil)
    let total = try #require(expected["total_grad_norm"]?.double)
    #expect(abs(norm - total) < 1e-4 * total)
    let norms = try #require(expected["grad_l2"]?.object)
    #expect(Set(encoder.namedParameters.map(\.name)) == Set(norms.keys))
    for member in encoder.namedParameters where !member.name.hasSuffix("self.key.bias") {
      let found = try #require(member.parameter.tensor.gradient).norm().item()
      let wanted = try #require(norms[member.name]?.double)
      #expect(abs(found - wanted) <= 1e-4 * wanted, "\(member.name): \(found), \(wanted)")
    }
  }

  @Test(arguments: [
    "splade_mnrl", "splade_mnrl_wd_clip_cosine", "splade_mnrl_accum2", "splade_margin_mse",
    "cached_splade_mnrl", "csr_mnrl",
  ])
  func `a run follows the reference step by step`(name: String) throws {
    guard let model = modelFolder() else { return }
    let golden = try Fixtures.golden("train")
    let run = try #require(
      golden["runs"]?.array?.first { $0["name"]?.string == name })
    try Fixtures.withTemporaryFolder { folder in
      let encoder =
        name == "csr_mnrl" ? try csrEncoder(model) : try SparseEncoder(folder: model)
      let recorder = EventRecorder()
      let trainer = try Trainer(
        WithoutDropout(encoder), arguments: arguments(run, folder: folder),
        training: [dataset(golden, hasMargins: name == "splade_margin_mse")],
        loss: .one(loss(run)), callbacks: [recorder])
      let summary = try trainer.train()
      let steps = try #require(run["steps"]?.array)
      #expect(summary.stepCount == steps.count)
      #expect(recorder.lines.count == steps.count + 1)
      for (step, line) in zip(steps, recorder.lines) {
        try compareLine(line, with: try #require(step["log"]?.object), isFirst: line["step"] == 1)
      }
      let trainLoss = try #require(run["train_loss"]?.double)
      #expect(abs(summary.meanLoss - trainLoss) < 1e-3 * trainLoss)
      try compareParameters(encoder, run)
      try compareEmbeddings(encoder, run)
      if let counters = run["stats_last_nonzero_after"]?.array?.compactMap(\.int) {
        let csr = try #require(try encoder.model(for: nil) as? CSRModel)
        #expect(csr.autoEncoder.stepsSinceActive.map(Int.init) == counters)
      }
    }
  }

  /// The demo model's encoder with an autoencoder of formula weights behind it.
  private func csrEncoder(_ folder: URL) throws -> SparseEncoder {
    let dense = try DenseModel(folder: folder)
    var configuration = SparseAutoEncoderConfiguration(inputDimension: dense.dimension)
    configuration.latentCount = 64
    configuration.activeCount = 4
    configuration.auxiliaryCount = 8
    configuration.deadThreshold = 5
    let autoEncoder = try SparseAutoEncoder(configuration)
    let weights = matrixElements(64, dense.dimension) { i, j in
      Float((31 * i + 17 * j) % 23 - 11) / 64 + Float((7 * i + 3 * j) % 31) / 4096
    }
    try withoutGradients {
      try autoEncoder.weight.tensor.copy(from: Tensor(weights, shape: [64, dense.dimension]))
    }
    return SparseEncoder(try CSRModel(dense: dense, autoEncoder: autoEncoder))
  }

  private func compareLine(_ line: JSONObject, with expected: JSONObject, isFirst: Bool) throws {
    for (key, value) in expected.members {
      let wanted = try #require(value.double)
      let found = try #require(line[key]?.double, "\(key) is missing")
      let (absolute, relative) =
        switch key {
        case "loss": (0.0, isFirst ? 1e-5 : 1e-3)
        case "grad_norm": (0.0, isFirst ? 1e-4 : 2e-3)
        case "learning_rate", "epoch", "document_regularizer_weight", "query_regularizer_weight":
          (1e-12, 0.0)
        default: (1.5e-4, 1e-3)
        }
      let difference = compare([found], with: [wanted], absolute: absolute, relative: relative)
      #expect(difference.isWithinTolerance, "step \(line["step"]?.int ?? 0), \(key): \(difference)")
    }
  }

  private func compareParameters(_ encoder: SparseEncoder, _ run: JSONValue) throws {
    let after = try #require(run["parameters_after[sum,l2]"])
    for member in encoder.namedParameters where !member.name.hasSuffix("self.key.bias") {
      let wanted = try #require(after[member.name]?.array).compactMap(\.double)
      let norm = try member.parameter.tensor.detached().norm().item()
      #expect(abs(norm - wanted[1]) <= 2e-4 * wanted[1], "\(member.name): \(norm), \(wanted[1])")
    }
  }

  private func compareEmbeddings(_ encoder: SparseEncoder, _ run: JSONValue) throws {
    for expected in try #require(run["embeddings_after"]?.array) {
      let text = try #require(expected["text"]?.string)
      let found = try encoder.encodeDocuments([text])[0]
      let indices = try #require(expected["indices"]?.array).compactMap(\.int)
      let weights = try #require(expected["weights"]?.array).compactMap(\.double)
      var wanted: [Int: Double] = [:]
      for (index, weight) in zip(indices, weights) { wanted[index] = weight }
      for (index, weight) in zip(found.indices, found.values) {
        wanted[Int(index), default: 0] -= Double(weight)
      }
      let worst = wanted.values.map(abs).max() ?? 0
      #expect(worst < 0.02, "'\(text)': \(worst)")
    }
  }
}

import SparrowCore
import SparrowModelFiles
import SparrowModels
import SparrowNN
import SparrowTensor
import SparrowTestSupport
import Testing

@testable import SparrowTraining

/// Three training sequences of an autoencoder in float64, against the reference.
@Suite struct CSRLossTests {
  private func numbers(_ value: JSONValue?) throws -> [Double] {
    let value = try #require(value)
    if let number = value.double { return [number] }
    return try #require(value.array).flatMap { try numbers($0) }
  }

  private func tensor(_ value: JSONValue?, _ shape: [Int]) throws -> Tensor {
    try Tensor(try numbers(value), shape: shape)
  }

  private func makeAutoEncoder(_ example: JSONValue) throws -> SparseAutoEncoder {
    let settings = try #require(example["config"])
    var configuration = SparseAutoEncoderConfiguration(
      inputDimension: try #require(settings["input_dim"]?.int))
    configuration.latentCount = try #require(settings["hidden_dim"]?.int)
    configuration.activeCount = try #require(settings["k"]?.int)
    configuration.auxiliaryCount = try #require(settings["k_aux"]?.int)
    configuration.normalizesInput = settings["normalize"]?.bool == true
    configuration.deadThreshold = try #require(settings["dead_threshold"]?.int)
    let (inputs, latents) = (configuration.inputDimension, configuration.latentCount)
    let weights = example["weights"]
    return try SparseAutoEncoder(
      configuration,
      preBias: Parameter(name: "pre_bias", tensor: tensor(weights?["pre_bias"], [inputs])),
      latentBias: Parameter(
        name: "latent_bias", tensor: tensor(weights?["latent_bias"], [latents])),
      weight: Parameter(
        name: "encoder.weight", tensor: tensor(weights?["encoder.weight"], [latents, inputs])),
      stepsSinceActive: [Int64](repeating: 0, count: latents))
  }

  private func expect(
    _ found: Tensor?, _ expected: JSONValue?, relative: Double = 1e-9, _ name: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    guard let expected, !expected.isNull else {
      #expect(found == nil, "\(name)", sourceLocation: sourceLocation)
      return
    }
    let found = try #require(found, "\(name)").values(as: Double.self)
    let difference = compare(
      found, with: try numbers(expected), absolute: 1e-12, relative: relative)
    #expect(difference.isWithinTolerance, "\(name): \(difference)", sourceLocation: sourceLocation)
  }

  static let names = ["plain", "normalize", "k_aux_zero"]

  @Test(arguments: names)
  func `every tensor, gradient and counter equals the reference's`(_ name: String) throws {
    let example = try #require(
      Fixtures.golden("losses")["csr"]?.array?.first { $0["name"]?.string == name })
    let autoEncoder = try makeAutoEncoder(example)
    let loss = try CSRLoss(SparseMultipleNegativesRankingLoss())
    let width = autoEncoder.configuration.inputDimension
    for (number, step) in try #require(example["steps"]?.array).enumerated() {
      let place = "step \(number)"
      let inputs = try #require(step["inputs"]?.array).map { column in
        let values = try numbers(column)
        let tensor = try Tensor(values, shape: [values.count / width, width])
        try tensor.setRequiresGradient()
        return tensor
      }
      let columns = try inputs.map { try autoEncoder.reconstruct($0) }
      let outputs = step["outputs_first_column"]
      let first = columns[0]
      for (key, found) in [
        ("sentence_embedding", first.latents), ("sentence_embedding_backbone", first.input),
        ("sentence_embedding_encoded", first.preActivations),
        ("sentence_embedding_encoded_4k", first.widerLatents),
        ("auxiliary_embedding", first.auxiliaryLatents), ("decoded_embedding_k", first.rebuilt),
        ("decoded_embedding_4k", first.widerRebuilt),
        ("decoded_embedding_aux", first.auxiliaryRebuilt),
        ("decoded_embedding_k_pre_bias", first.rebuiltWithoutBias),
      ] { try expect(found, outputs?[key], "\(place) \(key)") }

      let components = try loss.components(of: columns, labels: nil)
      #expect(
        components.map(\.name) == [
          "reconstruction_loss_k", "reconstruction_loss_4k", "reconstruction_loss_aux", "base_loss",
        ])
      for component in components {
        try expect(component.value, step["losses"]?[component.name], "\(place) \(component.name)")
      }
      let total = try components.total()
      try expect(total, step["total"], "\(place) total")
      try total.backward()
      for (column, expected) in zip(inputs, try #require(step["grad_inputs"]?.array)) {
        try expect(column.gradient, expected, "\(place) input gradient")
      }
      for (key, parameter) in [
        ("grad_encoder.weight", autoEncoder.weight), ("grad_latent_bias", autoEncoder.latentBias),
        ("grad_pre_bias", autoEncoder.preBias),
      ] {
        try expect(parameter.tensor.gradient, step[key], "\(place) \(key)")
        try parameter.tensor.clearGradient()
      }
      let counters = try #require(step["stats_last_nonzero_after"]?.array).compactMap(\.int)
      #expect(autoEncoder.stepsSinceActive.map(Int.init) == counters, "\(place)")
    }
  }

  @Test(arguments: names)
  func `inference equals the reference's and counts nothing`(_ name: String) throws {
    let example = try #require(
      Fixtures.golden("losses")["csr"]?.array?.first { $0["name"]?.string == name })
    let autoEncoder = try makeAutoEncoder(example)
    let width = autoEncoder.configuration.inputDimension
    let values = try numbers(example["inference"]?["input"])
    let input = try Tensor(values, shape: [values.count / width, width])
    try expect(
      autoEncoder(input), example["inference"]?["sentence_embedding"], "inference")
    try expect(
      autoEncoder(input, activeCount: 1), example["inference_max_active_dims_1"], "one")
    _ = try withoutGradients { try autoEncoder.reconstruct(input) }
    #expect(autoEncoder.stepsSinceActive.allSatisfy { $0 == 0 })
  }

  @Test func `the normalised error equals the reference's`() throws {
    let example = try #require(Fixtures.golden("losses")["normalized_mse"])
    let found = try tensor(example["reconstruction"], [4, 6])
    let target = try tensor(example["original"], [4, 6])
    try expect(
      CSRReconstructionLoss.normalizedError(of: found, from: target), example["value"], "rows")
    let constant = try target.narrowed(0, 0..<1).expanded([4, 6])
    try expect(
      CSRReconstructionLoss.normalizedError(of: found, from: constant),
      example["constant_rows_value"], "constant rows")
  }

  @Test func `weights below 0 and too few latents are refused`() throws {
    #expect(throws: TrainingError.self) { try CSRReconstructionLoss(beta: -1) }
    #expect(throws: TrainingError.self) {
      try CSRLoss(SparseMultipleNegativesRankingLoss(), gamma: .nan)
    }
    var configuration = SparseAutoEncoderConfiguration(inputDimension: 4)
    configuration.latentCount = 8
    configuration.auxiliaryCount = 9
    #expect { try SparseAutoEncoder(configuration) } throws: { "\($0)".contains("k_aux") }
    configuration.auxiliaryCount = 0
    configuration.activeCount = 3
    let autoEncoder = try SparseAutoEncoder(configuration)
    let input = try Tensor.ones([2, 4])
    #expect(try autoEncoder(input).shape == [2, 8])
    #expect { try autoEncoder.reconstruct(input) } throws: { "\($0)".contains("12") }
    #expect { try autoEncoder(input, activeCount: 9) } throws: { "\($0)".contains("9") }
  }
}

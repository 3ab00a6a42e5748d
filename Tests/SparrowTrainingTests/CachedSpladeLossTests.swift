import SparrowCore
import SparrowData
import SparrowNN
import SparrowTensor
import SparrowTestSupport
import SparrowTraining
import Testing

@Suite struct CachedSpladeLossTests {
  private func batch(_ encoder: StubEncoder, rowCount: Int = 7) throws -> TrainingBatch {
    let data = try TrainingExample.pairs(rowCount).dataset
    let tokenize = try encoder.trainingTokenizer(route: nil)
    let columns = try data.inputColumns.map { name in
      EncoderColumn(tokens: try tokenize((data[name] ?? []).compactMap(\.string)))
    }
    return TrainingBatch(rows: Array(0..<rowCount), columns: columns)
  }

  private let configuration = SpladeLoss.Configuration(
    documentRegularizerWeight: 0.02, queryRegularizerWeight: 0.03)

  private func gradients(_ encoder: StubEncoder) throws -> [Double] {
    try encoder.parameters.flatMap { parameter in
      let values = try #require(parameter.tensor.gradient).values(as: Double.self)
      try parameter.tensor.clearGradient()
      return values
    }
  }

  @Test(arguments: [
    CachedSpladeLoss.MiniBatch.texts(1), .texts(3), .texts(100), .tokens(1), .tokens(12),
  ])
  func `value and gradients are those of the whole batch`(
    miniBatch: CachedSpladeLoss.MiniBatch
  ) throws {
    let encoder = try StubEncoder()
    let batch = try batch(encoder)
    let whole = try SpladeLoss(SparseMultipleNegativesRankingLoss(), configuration)
    let cached = try CachedSpladeLoss(
      SparseMultipleNegativesRankingLoss(), configuration, miniBatch: miniBatch)
    whole.weightFactor = 0.5
    cached.weightFactor = 0.5
    let context = LossContext(encoder: encoder, gradientFactor: 0.25, wantsStatistics: true)
    let expected = try whole.run(batch, in: context)
    let expectedGradients = try gradients(encoder)
    let found = try cached.run(batch, in: context)
    #expect(found.parts.map(\.name) == expected.parts.map(\.name))
    let values = compare(
      found.parts.map(\.value), with: expected.parts.map(\.value), relative: 1e-5)
    #expect(values.isWithinTolerance, "\(values)")
    #expect(found.columns == expected.columns)
    let difference = compare(
      try gradients(encoder), with: expectedGradients, absolute: 1e-6, relative: 1e-4)
    #expect(difference.isWithinTolerance, "\(difference)")
  }

  @Test func `dropout draws the same masks when texts are embedded again`() throws {
    let encoder = try StubEncoder()
    encoder.dropoutProbability = 0.5
    let batch = try batch(encoder)
    let dropout = DropoutStream(seed: 3)
    let cached = try CachedSpladeLoss(
      SparseMultipleNegativesRankingLoss(), configuration, miniBatch: .texts(2))
    // A loss without recording tells the masks of the first pass.
    let value = try cached.run(
      batch, in: LossContext(encoder: encoder, dropout: dropout, gradientFactor: nil))
    let place = dropout.place
    dropout.place = 0
    let recorded = try cached.run(
      batch, in: LossContext(encoder: encoder, dropout: dropout, gradientFactor: 1))
    #expect(dropout.place == place)
    #expect(recorded == value)
    let found = try gradients(encoder)
    // The slope along the gradient, measured: it fits only if both passes had the same masks.
    let step = 1e-3
    var moved = 0
    try withoutGradients {
      for parameter in encoder.parameters {
        let count = parameter.tensor.count
        let direction = try Tensor(
          found[moved..<(moved + count)].map { Float($0 * step) }, shape: parameter.tensor.shape)
        try parameter.tensor.add(direction)
        parameter.invalidate()
        moved += count
      }
    }
    dropout.place = 0
    let after = try cached.run(
      batch, in: LossContext(encoder: encoder, dropout: dropout, gradientFactor: nil))
    let slope = (after.total - value.total) / step
    let expected = found.map { $0 * $0 }.reduce(0, +)
    #expect(abs(slope - expected) < 0.05 * expected, "\(slope), \(expected)")
  }

  @Test func `nothing is recorded when only the value is wanted`() throws {
    let encoder = try StubEncoder()
    let cached = try CachedSpladeLoss(SparseMultipleNegativesRankingLoss(), configuration)
    _ = try cached.run(batch(encoder), in: LossContext(encoder: encoder, gradientFactor: nil))
    #expect(encoder.parameters.allSatisfy { $0.tensor.gradient == nil })
    #expect(encoder.forwardCount == 2)
  }

  @Test func `a column that the loss ignores is an error`() throws {
    struct FirstColumnLoss: EmbeddingLoss {
      let name = "FirstColumnLoss"
      let requirement = ColumnRequirement(from: 1, ["text"], label: .none)
      func callAsFunction(_ columns: [Tensor], labels: Tensor?) throws -> Tensor {
        try columns[0].sum()
      }
    }
    struct NoPenalty: EmbeddingRegularizer {
      let name = "NoPenalty"
      let threshold: Int? = nil
      func callAsFunction(_ pieces: [Tensor]) throws -> Tensor { try Tensor(scalar: 0) }
    }
    let encoder = try StubEncoder()
    let cached = try CachedSpladeLoss(
      FirstColumnLoss(),
      .init(documentRegularizerWeight: 0, documentRegularizer: NoPenalty()))
    #expect {
      try cached.run(batch(encoder), in: LossContext(encoder: encoder, gradientFactor: 1))
    } throws: {
      "\($0)".contains("no use of input column 2")
    }
    #expect {
      try CachedSpladeLoss(FirstColumnLoss(), configuration, miniBatch: .tokens(0))
    } throws: {
      "\($0)".contains("from 1; found 0")
    }
  }
}

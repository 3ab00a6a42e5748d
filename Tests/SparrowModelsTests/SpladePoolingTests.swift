import SparrowModelFiles
import SparrowModels
import SparrowTensor
import SparrowTestSupport
import Testing

/// The fused head against the plain one: values and all gradients.
@Suite struct SpladePoolingTests {
  private struct Sample {
    let states: Tensor
    let weight: Tensor
    let bias: Tensor
    let offsets: [Int]

    init(lengths: [Int], width: Int, rows: Int, shift: Double = 0) throws {
      states = try Tensor.zeros([lengths.reduce(0, +), width])
      weight = try Tensor.zeros([rows, width])
      bias = try Tensor.zeros([rows])
      for tensor in [states, weight, bias] { try tensor.fillNormal(deviation: 0.5) }
      try bias.copy(from: bias + shift)
      offsets = lengths.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
    }

    /// Weights and the gradients of states, weight and bias for a fixed direction.
    func run(_ body: (Sample) throws -> Tensor) throws -> [[Double]] {
      for tensor in [states, weight, bias] {
        try tensor.setRequiresGradient()
        try tensor.clearGradient()
      }
      let output = try body(self)
      let direction = try withoutGradients {
        try Tensor.range(0..<output.count, dtype: .float32).reshaped(output.shape).cosine()
      }
      if output.count > 0 { try (output * direction).sum().backward() }
      return try [output].map { try $0.values(as: Double.self) }
        + [states, weight, bias].map { try $0.gradient?.values(as: Double.self) ?? [] }
    }
  }

  @Test(arguments: [
    ([1], 8, 5, 0.0), ([3], 16, 33, 0.0), ([1, 2, 3, 4, 5], 32, 100, 0.0), ([512], 8, 70, 0.0),
    ([7, 0, 9], 24, 40, 0.0), ([5, 6], 16, 50, -100.0), ([200, 1, 37], 128, 300, 0.0),
  ])
  func `fused and plain pooling agree`(
    _ lengths: [Int], _ width: Int, _ rows: Int, _ shift: Double
  ) throws {
    try TorchRandom.seed(UInt64(lengths.count + width + rows))
    for strategy in PoolingStrategy.allCases {
      for activation in SpladeActivation.allCases {
        let pooling = SpladePooling(strategy: strategy, activation: activation)
        let sample = try Sample(lengths: lengths, width: width, rows: rows, shift: shift)
        let fused = try sample.run {
          try pooling(
            $0.states, weight: $0.weight, bias: $0.bias,
            cumulativeLengths: Tensor($0.offsets.map(Int32.init)))
        }
        let plain = try sample.run {
          try pooling.plain($0.states, weight: $0.weight, bias: $0.bias, offsets: $0.offsets)
        }
        for (name, pair) in zip(["weights", "states", "weight", "bias"], zip(fused, plain))
        where !(pair.0.isEmpty && pair.1.allSatisfy { $0 == 0 }) {
          let difference = compare(pair.0, with: pair.1, absolute: 2e-5, relative: 1e-4)
          #expect(
            difference.isWithinTolerance, "\(strategy) \(activation) \(name): \(difference)")
        }
      }
    }
  }
}

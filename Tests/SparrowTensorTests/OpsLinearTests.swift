import SparrowTensor
import SparrowTestSupport
import Testing

/// Linear maps by tiles against libtorch's product of the same numbers.
@Suite struct OpsLinearTests {
  private static let shapes: [(input: [Int], outputs: Int)] = [
    ([0, 16], 48), ([1, 16], 5), ([63, 20], 7), ([64, 20], 7), ([65, 16], 48), ([300, 33], 101),
    ([5, 40, 24], 96), ([512, 1536], 384), ([70, 1], 1),
  ]

  @Test(arguments: shapes, [DType.float32, .bfloat16])
  func `every set of instructions agrees with the formula`(
    _ shape: (input: [Int], outputs: Int), _ dtype: DType
  ) throws {
    try TorchRandom.seed(UInt64(shape.outputs))
    let width = try #require(shape.input.last)
    let input = try normal(shape.input, dtype: dtype)
    let weight = try normal([shape.outputs, width], dtype: dtype)
    let bias = try normal([shape.outputs], dtype: dtype)
    let product = try input.to(.float32).matmul(weight.to(.float32).transposed(0, 1))
    let plain = try (product + bias.to(.float32)).values(as: Double.self)
    let largest = plain.reduce(1) { Swift.max($0, abs($1)) }
    try withEveryInstructionSet { level in
      let output = try input.linear(weight: weight, bias: bias)
      #expect(output.shape == shape.input.dropLast() + [shape.outputs])
      #expect(output.dtype == dtype)
      let difference = compare(
        try output.values(as: Double.self), with: plain,
        absolute: largest * (dtype == .float32 ? 2e-6 : 8e-3))
      #expect(difference.isWithinTolerance, "level \(level): \(difference)")
      let withoutBias = try input.linear(weight: weight)
      let again = compare(
        try (withoutBias.to(.float32) + bias.to(.float32)).values(as: Double.self), with: plain,
        absolute: largest * (dtype == .float32 ? 2e-6 : 8e-3))
      #expect(again.isWithinTolerance, "level \(level), without bias: \(again)")
    }
  }

  @Test func `columns of a wider tensor are a valid input`() throws {
    let wide = try normal([100, 60])
    let part = try wide.narrowed(1, 7..<40)
    let weight = try normal([50, 33])
    let found = try part.linear(weight: weight).values(as: Double.self)
    let expected = try part.contiguous().matmul(weight.transposed(0, 1)).values(as: Double.self)
    let difference = compare(found, with: expected, absolute: 1e-4)
    #expect(difference.isWithinTolerance, "\(difference)")
  }

  @Test func `gradients are recorded`() throws {
    let input = try normal([100, 16])
    let weight = try normal([20, 16])
    try weight.setRequiresGradient()
    try input.linear(weight: weight).sum().backward()
    let expected = try input.sum(0).values(as: Double.self)
    let found = try #require(weight.gradient).narrowed(0, 0..<1).values(as: Double.self)
    let difference = compare(found, with: expected, absolute: 1e-4)
    #expect(difference.isWithinTolerance, "\(difference)")
  }

  @Test func `shapes that do not fit are named`() throws {
    let input = try normal([100, 16])
    #expect(throws: TensorError.self) { try input.linear(weight: normal([20, 15])) }
    #expect(throws: TensorError.self) {
      try input.linear(weight: normal([20, 16]), bias: normal([19]))
    }
  }
}

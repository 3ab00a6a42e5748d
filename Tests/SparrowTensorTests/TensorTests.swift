import SparrowTensor
import SparrowTestSupport
import Testing

@Suite struct TensorTests {
  @Test func `elements come back as they were given`() throws {
    let tensor = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    #expect(tensor.shape == [2, 3])
    #expect(tensor.dtype == .float32)
    #expect(try tensor.transposed(0, 1).values(as: Float.self) == [1, 4, 2, 5, 3, 6])
    #expect(try tensor.values(as: Int64.self) == [1, 2, 3, 4, 5, 6])
  }

  @Test func `a shape that does not fit is refused`() {
    #expect { try Tensor([1, 2, 3] as [Float], shape: [2, 2]) } throws: { error in
      guard let error = error as? TensorError else { return false }
      return error.code == .invalidArgument && error.message.contains("[2, 2]")
    }
  }

  @Test func `a failed operation names itself and the shapes`() throws {
    let left = try Tensor.ones([2, 2])
    let right = try Tensor.ones([3, 1])
    #expect { try left.matmul(right) } throws: { error in
      "\(error)".contains("matmul") && "\(error)".contains("2x2 and 3x1")
    }
  }

  @Test func `gradients flow through recorded operations`() throws {
    let x = try Tensor([0.5, -1.5, 2] as [Double])
    try x.setRequiresGradient()
    let y = try (x * x).relu().log1p().sum()
    try y.backward()
    let gradient = try #require(x.gradient).values(as: Double.self)
    let expected = [0.5, -1.5, 2].map { 2 * $0 / (1 + $0 * $0) }
    let difference = compare(gradient, with: expected, absolute: 1e-15)
    #expect(difference.isWithinTolerance, "\(difference)")
  }

  @Test func `nothing is recorded without gradients`() throws {
    let x = try Tensor.ones([2])
    try x.setRequiresGradient()
    let y = try withoutGradients { try (x * 2).sum() }
    #expect(!y.requiresGradient)
    #expect(throws: TensorError.self) { try y.backward() }
  }

  @Test func `the random state can be restored`() throws {
    try TorchRandom.seed(3)
    let state = try TorchRandom.state()
    let first = try Tensor.zeros([8])
    try first.fillNormal(deviation: 1)
    try TorchRandom.restore(state)
    let second = try Tensor.zeros([8])
    try second.fillNormal(deviation: 1)
    #expect(try first.values(as: Float.self) == second.values(as: Float.self))
  }
}

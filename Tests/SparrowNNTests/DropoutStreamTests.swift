import SparrowNN
import SparrowTensor
import SparrowTestSupport
import Testing

@Suite struct DropoutStreamTests {
  @Test func `the asked share is dropped and the rest is scaled`() throws {
    let input = try Tensor.ones([1000, 100])
    let output = try DropoutStream(seed: 1).drop(input, probability: 0.25)
    let values = try output.values(as: Float.self)
    let dropped = values.count { $0 == 0 }
    #expect(abs(Double(dropped) / 100_000 - 0.25) < 0.01)
    #expect(values.allSatisfy { $0 == 0 || abs($0 - 4 / 3) < 1e-6 })
  }

  @Test func `seed and place alone decide the mask`() throws {
    let input = try Tensor.ones([64, 64])
    let stream = DropoutStream(seed: 7)
    let first = try stream.drop(input, probability: 0.5).values(as: Float.self)
    let second = try stream.drop(input, probability: 0.5).values(as: Float.self)
    #expect(first != second)
    #expect(stream.place == 2)
    stream.place = 0
    #expect(try stream.drop(input, probability: 0.5).values(as: Float.self) == first)
    let other = DropoutStream(seed: 8)
    #expect(try other.drop(input, probability: 0.5).values(as: Float.self) != first)
  }

  @Test func `the gradient passes where elements were kept`() throws {
    let input = try Tensor.ones([50])
    try input.setRequiresGradient()
    let output = try DropoutStream(seed: 3).drop(input, probability: 0.5)
    try output.sum().backward()
    let gradient = try #require(input.gradient).values(as: Float.self)
    #expect(try gradient == output.values(as: Float.self))
  }

  @Test func `nothing happens at probability 0`() throws {
    let input = try Tensor.ones([5])
    let stream = DropoutStream(seed: 3)
    #expect(try stream.drop(input, probability: 0) === input)
    #expect(stream.place == 0)
  }
}

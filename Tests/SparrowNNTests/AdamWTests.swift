import Foundation
import SparrowTensor
import SparrowTestSupport
import Testing

@testable import SparrowNN

@Suite struct AdamWTests {
  private func parameter(_ name: String, _ values: [Double]) throws -> Parameter {
    try Parameter(name: name, tensor: Tensor(values))
  }

  private func group(
    _ parameters: [Parameter], learningRate: Double, weightDecay: Double
  ) -> ParameterGroup {
    ParameterGroup(
      parameters: parameters.map { NamedParameter(name: $0.name, parameter: $0) },
      learningRate: learningRate, weightDecay: weightDecay)
  }

  /// The update as written in the type's documentation, one number at a time.
  private func slowTwin(
    _ start: [Double], gradients: [[Double]], rate: (Int) -> Double, decay: Double
  ) -> [Double] {
    var values = start
    var first = [Double](repeating: 0, count: start.count)
    var second = first
    for (step, gradient) in gradients.enumerated() {
      for index in values.indices {
        values[index] *= 1 - rate(step) * decay
        first[index] = 0.9 * first[index] + 0.1 * gradient[index]
        second[index] = 0.999 * second[index] + 0.001 * gradient[index] * gradient[index]
        let count = Double(step + 1)
        let corrected = second[index].squareRoot() / (1 - pow(0.999, count)).squareRoot()
        values[index] -= rate(step) * first[index] / (1 - pow(0.9, count)) / (corrected + 1e-8)
      }
    }
    return values
  }

  private func setGradient(_ parameter: Parameter, _ gradient: [Double]) throws {
    try parameter.tensor.clearGradient()
    try (parameter.tensor * Tensor(gradient)).sum().backward()
  }

  @Test func `steps equal the formula`() throws {
    let weight = try parameter("weight", [0.5, -2, 3])
    let optimizer = try AdamW(
      groups: [group([weight], learningRate: 0.1, weightDecay: 0.2)])
    let gradients = [[1, -0.1, 0.01], [0.5, 0, -3], [-2, 1, 1.5], [0.25, 0.5, -0.125]]
    for (step, gradient) in gradients.enumerated() {
      try setGradient(weight, gradient)
      try optimizer.step(factor: 1 - 0.25 * Double(step))
    }
    let expected = slowTwin(
      [0.5, -2, 3], gradients: gradients, rate: { 0.1 * (1 - 0.25 * Double($0)) }, decay: 0.2)
    let difference = compare(try weight.tensor.values(), with: expected, relative: 1e-12)
    #expect(difference.isWithinTolerance, "\(difference)")
  }

  @Test func `a parameter without a gradient is left alone`() throws {
    let used = try parameter("used", [1])
    let unused = try parameter("unused", [1])
    let optimizer = try AdamW(
      groups: [group([used, unused], learningRate: 0.1, weightDecay: 0.5)])
    try setGradient(used, [1])
    try optimizer.step(factor: 1)
    #expect(try unused.tensor.values(as: Double.self) == [1])
    #expect(try used.tensor.values(as: Double.self) != [1])
    #expect(!optimizer.state.contains { $0.name.hasSuffix("unused") })
    try optimizer.clearGradients()
    #expect(used.tensor.gradient == nil)
  }

  @Test func `a restored optimiser continues bit for bit`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("optimizer.safetensors")
      func make(_ values: [Double]) throws -> (Parameter, AdamW) {
        let weight = try parameter("weight", values)
        let settings = group([weight], learningRate: 0.1, weightDecay: 0.01)
        return (weight, try AdamW(groups: [settings]))
      }
      let (weight, optimizer) = try make([0.5, -2])
      try setGradient(weight, [1, -0.3])
      try optimizer.step(factor: 1)
      try SafetensorsWriter.write(optimizer.state, to: url)
      let (restoredWeight, restored) = try make(weight.tensor.values())
      try restored.restore(from: SafetensorsFile(contentsOf: url))
      for (parameter, optimizer) in [(weight, optimizer), (restoredWeight, restored)] {
        try setGradient(parameter, [0.2, 0.7])
        try optimizer.step(factor: 1)
      }
      #expect(
        try weight.tensor.values(as: Double.self) == restoredWeight.tensor.values(as: Double.self))
    }
  }

  @Test func `state of another model is refused`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("optimizer.safetensors")
      let weight = try parameter("weight", [0.5, -2])
      let optimizer = try AdamW(groups: [group([weight], learningRate: 1, weightDecay: 0)])
      try setGradient(weight, [1, 1])
      try optimizer.step(factor: 1)
      try SafetensorsWriter.write(optimizer.state, to: url)
      let file = try SafetensorsFile(contentsOf: url)
      let wider = try AdamW(
        groups: [group([parameter("weight", [0.5, -2, 1])], learningRate: 1, weightDecay: 0)])
      #expect { try wider.restore(from: file) } throws: { "\($0)".contains("shape [3]") }
      let renamed = try AdamW(
        groups: [group([parameter("other", [0.5, -2])], learningRate: 1, weightDecay: 0)])
      #expect { try renamed.restore(from: file) } throws: {
        "\($0)".contains("first_moment.weight")
      }
      let truncated = folder.appendingPathComponent("truncated.safetensors")
      try SafetensorsWriter.write(Array(optimizer.state.dropLast()), to: truncated)
      let again = try AdamW(
        groups: [group([parameter("weight", [0.5, -2])], learningRate: 1, weightDecay: 0)])
      #expect {
        try again.restore(from: SafetensorsFile(contentsOf: truncated))
      } throws: {
        "\($0)".contains("step.weight")
      }
    }
  }

  @Test func `a parameter in two groups is refused`() throws {
    let weight = try parameter("weight", [1])
    let settings = group([weight], learningRate: 1, weightDecay: 0)
    #expect { try AdamW(groups: [settings, settings]) } throws: { "\($0)".contains("'weight'") }
    #expect { try AdamW(groups: [settings], configuration: .init(beta1: 1)) } throws: {
      "\($0)".contains("0..<1")
    }
  }

  @Test func `clipping measures all gradients together and scales them`() throws {
    let first = try parameter("first", [0, 0])
    let second = try parameter("second", [0])
    try setGradient(first, [3, 0])
    try setGradient(second, [4])
    #expect(try GradientClipping.clip([first, second], to: nil) == 5)
    #expect(try GradientClipping.clip([first, second], to: 10) == 5)
    #expect(try first.tensor.gradient?.values(as: Double.self) == [3, 0])
    #expect(try GradientClipping.clip([first, second], to: 2) == 5)
    let scaled = try #require(second.tensor.gradient).item()
    #expect(abs(scaled - 4 * 2 / (5 + 1e-6)) < 1e-12)
    #expect(try GradientClipping.clip([], to: 1) == 0)
  }
}

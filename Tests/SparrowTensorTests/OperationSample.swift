import SparrowCore
import SparrowTensor
import SparrowTestSupport
import Testing

/// Runs an operation and its plain twin on the same numbers and compares values and gradients.
struct OperationSample {
  /// Tensors that take part in differentiation, by name.
  let inputs: [(name: String, tensor: Tensor)]

  /// The output and the gradient of each input in a fixed direction, in the order of the inputs.
  func run(_ body: ([Tensor]) throws -> Tensor) throws -> [(name: String, values: [Double])] {
    for input in inputs {
      try input.tensor.setRequiresGradient()
      try input.tensor.clearGradient()
    }
    let output = try body(inputs.map(\.tensor))
    let wide = try output.to(.float32)
    let direction = try withoutGradients {
      try Tensor.range(0..<wide.count, dtype: .float32).reshaped(wide.shape).cosine()
    }
    if wide.requiresGradient { try (wide * direction).sum().backward() }
    var result = [("output", try output.values(as: Double.self))]
    for input in inputs {
      let zeros = [Double](repeating: 0, count: input.tensor.count)
      result.append((input.name, try input.tensor.gradient?.values(as: Double.self) ?? zeros))
    }
    return result
  }

  /// Expects both ways to agree; the tolerance is relative to the largest magnitude of each list, and
  /// absolute below 1.
  func expectAgreement(
    _ label: String, tolerance: Double, gradientTolerance: Double? = nil,
    of body: ([Tensor]) throws -> Tensor, and plain: ([Tensor]) throws -> Tensor
  ) throws {
    let found = try run(body)
    let expected = try run(plain)
    for (index, pair) in zip(found, expected).enumerated() {
      let largest = pair.1.values.reduce(1) { Swift.max($0, abs($1)) }
      let allowed = index == 0 ? tolerance : gradientTolerance ?? tolerance
      let difference = compare(
        pair.0.values, with: pair.1.values, absolute: allowed * largest)
      #expect(difference.isWithinTolerance, "\(label), \(pair.0.name): \(difference)")
    }
  }
}

/// Normally distributed numbers.
func normal(_ shape: [Int], deviation: Double = 1, dtype: DType = .float32) throws -> Tensor {
  let tensor = try Tensor.zeros(shape)
  if tensor.count > 0 { try tensor.fillNormal(deviation: deviation) }
  return try tensor.to(dtype)
}

/// Where sequences of these lengths begin and end, as the operations take it.
func cumulativeLengths(_ lengths: [Int]) throws -> Tensor {
  try Tensor(lengths.reduce(into: [Int32(0)]) { $0.append(($0.last ?? 0) + Int32($1)) })
}

/// Lengths of up to six texts, 0 to 512 tokens each, mostly short; the same for the same seed.
func randomLengths(seed: UInt64) -> [Int] {
  var random = MersenneTwister(seed: seed)
  return (0..<Int(random.next() % 6 + 1)).map { _ in
    let longest = UInt32(1) << (random.next() % 9 + 1)
    return Int(random.next() % (longest + 1))
  }
}

/// Runs `body` once with each set of instructions that the processor has.
func withEveryInstructionSet(_ body: (Int) throws -> Void) throws {
  let best = ProcessorInstructions.level
  defer { ProcessorInstructions.limit(to: best) }
  for level in 0...best {
    ProcessorInstructions.limit(to: level)
    try body(level)
  }
}

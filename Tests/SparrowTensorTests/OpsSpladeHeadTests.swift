import SparrowTensor
import SparrowTestSupport
import Testing

/// The fused head against all logits, for each set of instructions.
@Suite struct OpsSpladeHeadTests {
  /// Logits of one text after another, then activation and pooling.
  private static func plain(
    _ inputs: [Tensor], lengths: [Int], pooling: SpladeHeadPooling,
    activation: SpladeHeadActivation
  ) throws -> Tensor {
    let rowCount = inputs[1].shape[0]
    var rows: [Tensor] = []
    var start = 0
    for length in lengths {
      defer { start += length }
      guard length > 0 else {
        rows.append(try Tensor.zeros([rowCount]))
        continue
      }
      let states = try inputs[0].narrowed(0, start..<(start + length)).to(.float32)
      let logits = try states.linear(weight: inputs[1].to(.float32), bias: inputs[2])
      var weights = try logits.relu().log1p()
      if activation == .log1pRelu { weights = try weights.log1p() }
      rows.append(try pooling == .max ? weights.maximum(along: 0).values : weights.sum(0))
    }
    return try rows.isEmpty ? Tensor.zeros([0, rowCount]) : Tensor.stacked(rows)
  }

  private static let shapes: [(lengths: [Int], width: Int, rows: Int)] = [
    ([1], 8, 5), ([3], 16, 48), ([1, 2, 3, 4, 5], 33, 100), ([512], 7, 49), ([7, 0, 9], 24, 40),
    ([0], 8, 8), ([], 8, 8), ([129, 1, 37], 64, 101), (randomLengths(seed: 1), 20, 150),
    (randomLengths(seed: 2), 70, 47), (randomLengths(seed: 3), 129, 97),
  ]

  private func sample(_ lengths: [Int], _ width: Int, _ rows: Int, dtype: DType) throws
    -> OperationSample
  {
    try OperationSample(inputs: [
      ("states", normal([lengths.reduce(0, +), width], dtype: dtype)),
      ("weight", normal([rows, width], deviation: 0.5).to(dtype).to(.float32)),
      ("bias", normal([rows])),
    ])
  }

  @Test(arguments: shapes)
  func `float32 weights and gradients are those of the formula`(
    _ lengths: [Int], _ width: Int, _ rows: Int
  ) throws {
    try TorchRandom.seed(UInt64(lengths.count + width + rows))
    try withEveryInstructionSet { level in
      for pooling in [SpladeHeadPooling.max, .sum] {
        for activation in [SpladeHeadActivation.relu, .log1pRelu] {
          try sample(lengths, width, rows, dtype: .float32).expectAgreement(
            "level \(level), \(pooling), \(activation)", tolerance: 2e-5,
            of: {
              try $0[0].spladeHead(
                weight: $0[1], bias: $0[2], cumulativeLengths: cumulativeLengths(lengths),
                pooling: pooling, activation: activation)
            },
            and: {
              try Self.plain($0, lengths: lengths, pooling: pooling, activation: activation)
            })
        }
      }
    }
  }

  /// Products of bfloat16 numbers are exact in float32 and are added there.
  ///
  /// Gradients of the states are rounded to bfloat16 at the end. Tiles round logits, after which
  /// another token may be the largest.
  @Test(arguments: shapes)
  func `bfloat16 weights and gradients are close to the formula`(
    _ lengths: [Int], _ width: Int, _ rows: Int
  ) throws {
    try TorchRandom.seed(UInt64(lengths.count + width + rows))
    try withEveryInstructionSet { level in
      try sample(lengths, width, rows, dtype: .bfloat16).expectAgreement(
        "level \(level)", tolerance: level < 5 ? 2e-5 : 1e-2,
        gradientTolerance: level < 5 ? 8e-3 : .infinity,
        of: {
          try $0[0].spladeHead(
            weight: $0[1], bias: $0[2], cumulativeLengths: cumulativeLengths(lengths),
            pooling: .max, activation: .relu)
        },
        and: { try Self.plain($0, lengths: lengths, pooling: .max, activation: .relu) })
    }
  }

  @Test func `the first of equal tokens receives the gradient`() throws {
    let row = try normal([1, 16])
    let states = try Tensor.concatenated(
      [normal([2, 16], deviation: 0.01), row, row, row], along: 0)
    try withEveryInstructionSet { level in
      let input = try states.cloned()
      try input.setRequiresGradient()
      let weights = try input.spladeHead(
        weight: row * 3.0, bias: nil, cumulativeLengths: cumulativeLengths([5]), pooling: .max,
        activation: .relu)
      try weights.sum().backward()
      let sums = try #require(input.gradient).absolute().sum(1).values(as: Double.self)
      #expect(sums.map { $0 > 0 } == [false, false, true, false, false], "level \(level): \(sums)")
    }
  }

  @Test func `negative logits give zeros and no gradient`() throws {
    try withEveryInstructionSet { level in
      let states = try normal([6, 16])
      try states.setRequiresGradient()
      let weights = try states.spladeHead(
        weight: normal([50, 16]), bias: Tensor.full([50], -100),
        cumulativeLengths: cumulativeLengths([2, 4]), pooling: .max, activation: .relu)
      try weights.sum().backward()
      #expect(try weights.values(as: Float.self).allSatisfy { $0 == 0 }, "level \(level)")
      #expect(try states.gradient?.values(as: Float.self).allSatisfy { $0 == 0 } == true)
    }
  }

  @Test func `a state that is no number is not hidden`() throws {
    try withEveryInstructionSet { level in
      let states = try Tensor([1, 2, .nan, 4] as [Float], shape: [2, 2])
      let weights = try states.spladeHead(
        weight: normal([5, 2]), bias: Tensor.full([5], -50),
        cumulativeLengths: cumulativeLengths([1, 1]), pooling: .max, activation: .relu)
      let values = try weights.values(as: Float.self)
      #expect(values[5...].allSatisfy { $0.isNaN }, "level \(level): \(values)")
    }
  }

  @Test func `the gradient of a float32 table is added to what it has`() throws {
    let weight = try normal([30, 8])
    try weight.setRequiresGradient()
    let states = try normal([4, 8]).to(.bfloat16)
    let pool = {
      try states.spladeHead(
        weight: weight, bias: nil, cumulativeLengths: cumulativeLengths([4]), pooling: .max,
        activation: .relu
      ).sum().backward()
    }
    try pool()
    let once = try #require(weight.gradient).values(as: Double.self)
    try pool()
    let twice = try #require(weight.gradient).values(as: Double.self)
    let difference = compare(twice, with: once.map { 2 * $0 }, absolute: 1e-6)
    #expect(difference.isWithinTolerance, "\(difference)")
  }

  @Test func `shapes that do not fit are named`() throws {
    let states = try normal([4, 8])
    let lengths = try cumulativeLengths([4])
    for (weight, bias, offsets) in try [
      (normal([5, 9]), nil, lengths), (normal([5, 8]), normal([4]), lengths),
      (normal([5, 8]), nil, cumulativeLengths([3])),
      (normal([5, 8]), nil, cumulativeLengths([5, -1])),
      (normal([5, 8]), nil, lengths.to(.int64)),
    ] as [(Tensor, Tensor?, Tensor)] {
      #expect(throws: TensorError.self) {
        try states.spladeHead(
          weight: weight, bias: bias, cumulativeLengths: offsets, pooling: .max, activation: .relu)
      }
    }
  }
}

import SparrowTensor
import SparrowTestSupport
import Testing

/// Packed attention against softmax(QKᵀ)V one text and head at a time.
@Suite struct OpsPackedAttentionTests {
  /// `kept` multiplies the probabilities of a text, `[heads, L, L]`, when it is given.
  private static func plain(
    query: Tensor, key: Tensor, value: Tensor, lengths: [Int], headCount: Int, scale: Double,
    kept: Tensor? = nil
  ) throws -> Tensor {
    let width = query.shape[1] / headCount
    var contexts = [try query.narrowed(0, 0..<0)]
    var start = 0
    for length in lengths where length > 0 {
      let heads = { (packed: Tensor) in
        try packed.narrowed(0, start..<(start + length))
          .reshaped([length, headCount, width]).transposed(0, 1)  // [heads, L, width]
      }
      let scores = try heads(query).matmul(heads(key).transposed(1, 2)) * scale
      var probabilities = try scores.softmax()
      if let kept { probabilities = try probabilities * kept }
      let context = try probabilities.matmul(heads(value))
      contexts.append(try context.transposed(0, 1).reshaped([length, headCount * width]))
      start += length
    }
    return try Tensor.concatenated(contexts, along: 0)
  }

  private static let shapes: [(lengths: [Int], headCount: Int, width: Int)] = [
    ([1], 1, 8), ([5], 2, 64), ([3, 0, 17, 1], 3, 32), ([33, 16], 2, 12), ([130], 1, 24),
    ([512], 1, 16), ([0], 2, 16), (randomLengths(seed: 1), 2, 32), (randomLengths(seed: 2), 3, 20),
    (randomLengths(seed: 3), 1, 64),
  ]

  private func check(
    _ lengths: [Int], _ headCount: Int, _ width: Int, dtype: DType, tolerance: Double,
    gradientTolerance: Double
  ) throws {
    try TorchRandom.seed(UInt64(lengths.count + headCount + width))
    let rowCount = lengths.reduce(0, +)
    let columns = headCount * width
    let scale = 1 / Double(width).squareRoot()
    let offsets = try cumulativeLengths(lengths)
    let sample = try OperationSample(inputs: [
      ("query, key and value", normal([rowCount, 3 * columns], dtype: dtype))
    ])
    let parts = { (packed: Tensor) in
      try (0..<3).map { try packed.narrowed(1, ($0 * columns)..<(($0 + 1) * columns)) }
    }
    let plain = { (inputs: [Tensor]) in
      let wide = try parts(inputs[0].to(.float32))
      return try Self.plain(
        query: wide[0], key: wide[1], value: wide[2], lengths: lengths, headCount: headCount,
        scale: scale)
    }
    try withEveryInstructionSet { level in
      try sample.expectAgreement(
        "level \(level), one tensor", tolerance: tolerance, gradientTolerance: gradientTolerance,
        of: {
          try $0[0].packedAttention(
            cumulativeLengths: offsets, headCount: headCount, scale: scale)
        }, and: plain)
      try sample.expectAgreement(
        "level \(level), three tensors", tolerance: tolerance,
        gradientTolerance: gradientTolerance,
        of: {
          let inputs = try parts($0[0])
          return try inputs[0].packedAttention(
            key: inputs[1], value: inputs[2], cumulativeLengths: offsets, headCount: headCount,
            scale: scale)
        }, and: plain)
    }
  }

  @Test(arguments: shapes)
  func `float32 attention and its gradients are those of the formula`(
    _ lengths: [Int], _ headCount: Int, _ width: Int
  ) throws {
    try check(
      lengths, headCount, width, dtype: .float32, tolerance: 2e-6, gradientTolerance: 1e-5)
  }

  /// Arithmetic is float32; only results are rounded to bfloat16.
  @Test(arguments: shapes)
  func `bfloat16 attention and its gradients are close to the formula`(
    _ lengths: [Int], _ headCount: Int, _ width: Int
  ) throws {
    try check(
      lengths, headCount, width, dtype: .bfloat16, tolerance: 5e-3, gradientTolerance: 2e-2)
  }

  @Test func `dropout drops probabilities and the gradients follow the same mask`() throws {
    let (length, headCount, width) = (20, 2, 20)
    let offsets = try cumulativeLengths([length])
    let mask = DropoutMask(probability: 0.3, seed: 11, place: 5)
    // With the identity as values the output is the probabilities themselves.
    let identity = try Tensor.range(0..<length).unsqueezed(1)
      .equals(Tensor.range(0..<length).unsqueezed(0)).to(.float32)
    let values = try Tensor.concatenated([identity, identity], along: 1)
    let sample = try OperationSample(inputs: [
      ("query", normal([length, headCount * width])), ("key", normal([length, headCount * width])),
      ("value", normal([length, headCount * width])),
    ])
    var levels: [[Float]] = []
    try withEveryInstructionSet { level in
      let dropped = try withoutGradients {
        try sample.inputs[0].tensor.packedAttention(
          key: sample.inputs[1].tensor, value: values, cumulativeLengths: offsets,
          headCount: headCount, scale: 0.2, dropout: mask)
      }
      let kept = try dropped.differs(from: 0).to(.float32)
      levels.append(try kept.values())
      let share = try kept.mean().item()
      #expect((0.65..<0.75).contains(share), "level \(level): \(share) are kept")
      let factors = try (kept * (1 / 0.7)).reshaped([length, headCount, length]).transposed(0, 1)
      try sample.expectAgreement(
        "level \(level)", tolerance: 2e-5,
        of: {
          try $0[0].packedAttention(
            key: $0[1], value: $0[2], cumulativeLengths: offsets, headCount: headCount, scale: 0.2,
            dropout: mask)
        },
        and: {
          try Self.plain(
            query: $0[0], key: $0[1], value: $0[2], lengths: [length], headCount: headCount,
            scale: 0.2, kept: factors)
        })
    }
    #expect(Set(levels).count == 1, "the mask depends on the instructions")
  }

  @Test func `shapes that do not fit are named`() throws {
    let packed = try normal([4, 24])
    let lengths = try cumulativeLengths([4])
    #expect(throws: TensorError.self) {
      try packed.packedAttention(cumulativeLengths: lengths, headCount: 5, scale: 1)
    }
    #expect(throws: TensorError.self) {
      try packed.packedAttention(
        key: normal([4, 16]), value: packed, cumulativeLengths: lengths, headCount: 2, scale: 1)
    }
    #expect(throws: TensorError.self) {
      try packed.packedAttention(
        cumulativeLengths: lengths, headCount: 2, scale: 1,
        dropout: DropoutMask(probability: 1.5, seed: 0, place: 0))
    }
  }
}

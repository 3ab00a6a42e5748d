import SparrowTensor
import SparrowTestSupport
import Testing

/// Embedding, norm, GELU and dropout in one pass against the same by single operations.
@Suite struct OpsRowsTests {
  private static let shapes: [(rows: Int, width: Int)] = [
    (0, 16), (1, 1), (5, 7), (70, 129), (33, 384),
  ]
  private static let mask = DropoutMask(probability: 0.3, seed: 11, place: 13)

  /// What a mask multiplies rows by.
  private static func factors(_ mask: DropoutMask?, _ rows: Int, _ width: Int) throws -> Tensor {
    let ones = try Tensor.ones([rows, width])
    guard let mask else { return ones }
    return try ones.dropped(mask)
  }

  @Test(arguments: shapes, [DType.float32, .bfloat16])
  func `dropout, residual and norm agree with single operations`(
    _ shape: (rows: Int, width: Int), _ dtype: DType
  ) throws {
    let (rows, width) = shape
    try TorchRandom.seed(UInt64(rows + width))
    let sample = try OperationSample(inputs: [
      ("input", normal([rows, width], dtype: dtype)),
      ("residual", normal([rows, width], dtype: dtype)), ("input bias", normal([width])),
      ("weight", normal([width])), ("bias", normal([width])),
    ])
    // A width of 1 has no variance, and its gradient is that of a difference of equal numbers.
    let epsilon = width == 1 ? 1.0 : 1e-5
    try withEveryInstructionSet { level in
      for mask in [Self.mask, nil] {
        for isFull in [true, false] {
          try sample.expectAgreement(
            "level \(level), dropout \(mask != nil), full \(isFull)",
            tolerance: dtype == .float32 ? 5e-6 : 2e-2,
            gradientTolerance: dtype == .float32 ? 2e-5 : 4e-2,
            of: {
              try $0[0].addLayerNorm(
                residual: isFull ? $0[1] : nil, inputBias: isFull ? $0[2] : nil, weight: $0[3],
                bias: isFull ? $0[4] : nil, epsilon: epsilon, dropout: mask)
            },
            and: {
              var sum = try $0[0].to(.float32)
              if isFull { sum = try sum + $0[2] }
              sum = try sum * Self.factors(mask, rows, width)
              if isFull { sum = try sum + $0[1].to(.float32) }
              return try sum.layerNorm(weight: $0[3], bias: isFull ? $0[4] : nil, epsilon: epsilon)
            })
        }
      }
    }
  }

  @Test(arguments: shapes, [DType.float32, .bfloat16])
  func `bias and GELU agree with single operations`(
    _ shape: (rows: Int, width: Int), _ dtype: DType
  ) throws {
    let (rows, width) = shape
    try TorchRandom.seed(UInt64(rows + width))
    let sample = try OperationSample(inputs: [
      ("input", normal([rows, width], deviation: 3, dtype: dtype)), ("bias", normal([width])),
    ])
    try withEveryInstructionSet { level in
      try sample.expectAgreement(
        "level \(level)", tolerance: dtype == .float32 ? 1e-6 : 5e-3,
        gradientTolerance: dtype == .float32 ? 5e-6 : 1e-2,
        of: { try $0[0].biasGelu($0[1]) }, and: { try ($0[0].to(.float32) + $0[1]).gelu() })
    }
  }

  @Test(arguments: shapes, [DType.float32, .bfloat16])
  func `embeddings agree with single operations`(
    _ shape: (rows: Int, width: Int), _ dtype: DType
  ) throws {
    let (rows, width) = shape
    try TorchRandom.seed(UInt64(rows + width))
    let sample = try OperationSample(inputs: [
      ("word", normal([50, width])), ("position", normal([20, width])),
      ("type", normal([2, width])), ("weight", normal([width])), ("bias", normal([width])),
    ])
    let epsilon = width == 1 ? 1.0 : 1e-5
    // Ids repeat, so that rows of the gradient have several parts.
    let ids = try Tensor((0..<rows).map { Int32($0 * 7 % 11) })
    let positions = try Tensor((0..<rows).map { Int32($0 % 20) })
    let types = try Tensor((0..<rows).map { Int32($0 % 3 / 2) })
    try withEveryInstructionSet { level in
      for mask in [Self.mask, nil] {
        for typed in [true, false] {
          try sample.expectAgreement(
            "level \(level), dropout \(mask != nil), types \(typed)",
            tolerance: dtype == .float32 ? 5e-6 : 2e-2,
            gradientTolerance: dtype == .float32 ? 2e-5 : 2e-2,
            of: {
              try EmbeddingTables(
                word: $0[0], position: $0[1], type: $0[2], normWeight: $0[3], normBias: $0[4],
                epsilon: epsilon
              ).lookUp(
                tokenIDs: ids, positions: positions, typeIDs: typed ? types : nil, dtype: dtype,
                dropout: mask)
            },
            and: {
              var sum = try $0[0].embedding(ids) + $0[1].embedding(positions)
              if typed { sum = try sum + $0[2].embedding(types) }
              return try sum.layerNorm(weight: $0[3], bias: $0[4], epsilon: epsilon)
                * Self.factors(mask, rows, width)
            })
        }
      }
    }
  }

  @Test func `an index outside its table is named`() throws {
    let tables = try EmbeddingTables(
      word: normal([5, 8]), position: normal([4, 8]), type: nil, normWeight: normal([8]),
      normBias: normal([8]), epsilon: 1e-5)
    let positions = try Tensor([0, 1] as [Int32])
    for wrong in [5, -1] as [Int32] {
      #expect {
        try tables.lookUp(
          tokenIDs: Tensor([2, wrong]), positions: positions, typeIDs: nil, dtype: .float32)
      } throws: { "\($0)".contains("\(wrong)") && "\($0)".contains("position 1") }
    }
  }
}

/// The random numbers behind every mask.
@Suite struct OpsDropoutTests {
  /// The generator's published answer for counter 0 and key 0 is 6627e8d5 e169c58d bc57ac4c 9b00dbd8;
  /// number n of a block comes from counter n % 16, and of its word n / 32 from the low half first.
  @Test func `the numbers are those that Philox is published with`() throws {
    let ones = try Tensor.ones([1, 128])
    try withEveryInstructionSet { level in
      for (column, number) in [
        (0, 0xe8d5), (16, 0x6627), (32, 0xc58d), (48, 0xe169), (64, 0xac4c), (80, 0xbc57),
        (96, 0xdbd8), (112, 0x9b00),
      ] {
        for (threshold, isKept) in [(number, true), (number + 1, false)] {
          let mask = DropoutMask(probability: Double(threshold) / 65536, seed: 0, place: 0)
          let values: [Float] = try ones.dropped(mask).values()
          #expect((values[column] != 0) == isKept, "level \(level), column \(column)")
        }
      }
    }
  }

  @Test func `elements that stay are scaled so that the mean stays`() throws {
    let dropped = try Tensor.ones([300, 1000])
      .dropped(DropoutMask(probability: 0.1, seed: 3, place: 4))
    let values: [Float] = try dropped.values()
    let keptCount = values.count { $0 != 0 }
    #expect(abs(Double(keptCount) / 300_000 - 0.9) < 0.003)
    #expect(values.allSatisfy { $0 == 0 || abs($0 - 1 / 0.9) < 1e-6 })
  }

  @Test func `masks differ by seed and place and repeat by both`() throws {
    let ones = try Tensor.ones([8, 64])
    let masks = try [(1, 1), (1, 2), (2, 1), (1, 1)].map { seed, place in
      try ones.dropped(
        DropoutMask(probability: 0.5, seed: UInt64(seed), place: UInt64(place))
      ).values(as: Float.self)
    }
    #expect(masks[0] == masks[3])
    #expect(Set(masks).count == 3)
    let rows = stride(from: 0, to: 512, by: 64).map { Array(masks[0][$0..<($0 + 64)]) }
    #expect(Set(rows).count == 8)
  }

  @Test func `the gradient passes where the element did`() throws {
    for dtype in [DType.float32, .bfloat16] {
      let input = try normal([6, 50], dtype: dtype)
      try input.setRequiresGradient()
      let output = try input.dropped(DropoutMask(probability: 0.4, seed: 1, place: 2))
      try output.sum().backward()
      let gradient = try #require(input.gradient).values(as: Float.self)
      let kept = try output.values(as: Float.self).map { $0 != 0 }
      #expect(gradient.map { $0 != 0 } == kept)
    }
  }

  @Test func `probability 0 keeps and 1 drops everything`() throws {
    let input = try normal([4, 30])
    let kept = try input.dropped(DropoutMask(probability: 0, seed: 1, place: 1))
    let gone = try input.dropped(DropoutMask(probability: 1, seed: 1, place: 1))
    #expect(try kept.values(as: Float.self) == input.values(as: Float.self))
    #expect(try gone.values(as: Float.self).allSatisfy { $0 == 0 })
    #expect(throws: TensorError.self) {
      try input.dropped(DropoutMask(probability: -0.1, seed: 1, place: 1))
    }
  }
}

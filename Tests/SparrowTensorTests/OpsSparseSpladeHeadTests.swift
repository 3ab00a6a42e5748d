import SparrowCore
import SparrowTensor
import SparrowTestSupport
import Testing

/// The screened head against the full one: the same weights to the last bit.
@Suite struct OpsSparseSpladeHeadTests {
  private func expectEqual(
    _ rows: SparseMatrix, _ weights: Tensor, _ label: String
  ) throws {
    let columnCount = rows.columnCount
    let dense: [Float] = try weights.values()
    var found = [Float](repeating: 0, count: dense.count)
    for row in 0..<rows.rowCount {
      let entries = rows.entries(ofRow: row)
      #expect(zip(entries.indices, entries.indices.dropFirst()).allSatisfy(<), "\(label)")
      for (index, value) in zip(entries.indices, entries.values) {
        #expect(value != 0, "\(label): a zero is stored at \(index)")
        found[row * columnCount + Int(index)] = value
      }
    }
    let wrong = zip(found, dense).enumerated().first { _, pair in
      pair.0 != pair.1 && !(pair.0.isNaN && pair.1.isNaN)
    }
    #expect(wrong == nil, "\(label): \(wrong.map { "\($0)" } ?? "")")
  }

  /// Expects the screened rows to be those of the full head, with every set of instructions.
  private func expectScreenIsExact(
    _ label: String, states: Tensor, weight: Tensor, bias: Tensor, lengths: [Int]
  ) throws {
    let offsets = try cumulativeLengths(lengths)
    try withEveryInstructionSet { level in
      let dense = try states.spladeHead(
        weight: weight, bias: bias, cumulativeLengths: offsets, pooling: .max, activation: .relu)
      let sparse = try states.sparseSpladeHead(
        weight: weight, bias: bias, screen: SpladeScreen(weight: weight, bias: bias),
        cumulativeLengths: offsets)
      try expectEqual(sparse, dense, "\(label), level \(level)")
    }
  }

  @Test(arguments: [
    ([1], 8, 5), ([3], 16, 48), ([1, 2, 3, 4, 5], 33, 100), ([512], 7, 49), ([7, 0, 9], 24, 400),
    ([0], 8, 8), ([], 8, 8), ([129, 1, 37], 64, 1001),
    (randomLengths(seed: 4), 31, 300), (randomLengths(seed: 5), 100, 77),
  ])
  func `screened, unscreened and dense weights are equal`(
    _ lengths: [Int], _ width: Int, _ rows: Int
  ) throws {
    try TorchRandom.seed(UInt64(lengths.count + width + rows))
    let offsets = try cumulativeLengths(lengths)
    try withEveryInstructionSet { level in
      // From hardly anything positive to nearly everything.
      for shift in [-9.0, -4, 0, 6] {
        let states = try normal([lengths.reduce(0, +), width], deviation: 2)
        let weight = try normal([rows, width], deviation: 0.3)
        let bias = try normal([rows]) + shift
        let screen = try SpladeScreen(weight: weight, bias: bias)
        for pooling in [SpladeHeadPooling.max, .sum] {
          for activation in [SpladeHeadActivation.relu, .log1pRelu] {
            let dense = try states.spladeHead(
              weight: weight, bias: bias, cumulativeLengths: offsets, pooling: pooling,
              activation: activation)
            for screen in [screen, nil] {
              let sparse = try states.sparseSpladeHead(
                weight: weight, bias: bias, screen: screen, cumulativeLengths: offsets,
                pooling: pooling, activation: activation)
              try expectEqual(
                sparse, dense,
                "level \(level), shift \(shift), \(pooling), \(activation), \(screen != nil)")
            }
          }
        }
      }
    }
  }

  /// Logits that are positive by less than rounding to bytes can tell, on either side of zero.
  @Test func `weights next to zero pass the screen`() throws {
    let states = try normal([40, 96], deviation: 3)
    let weight = try normal([2000, 96], deviation: 0.2)
    let offsets = try cumulativeLengths([40])
    let logits = try states.linear(weight: weight).maximum(along: 0).values
    // 400 entries are within a thousandth of zero, the others far below.
    let distance = try Tensor.concatenated(
      [normal([400], deviation: 1e-3), Tensor.full([1600], -50)], along: 0)
    let bias = try distance - logits
    let dense = try states.spladeHead(
      weight: weight, bias: bias, cumulativeLengths: offsets, pooling: .max, activation: .relu)
    let screen = try SpladeScreen(weight: weight, bias: bias)
    let sparse = try states.sparseSpladeHead(
      weight: weight, bias: bias, screen: screen, cumulativeLengths: offsets)
    #expect((100..<300).contains(sparse.storedCount), "about half of 400 should be positive")
    try expectEqual(sparse, dense, "next to zero")
  }

  @Test func `constant and zero rows pass the screen`() throws {
    let states = try Tensor.concatenated([Tensor.zeros([2, 20]), Tensor.ones([1, 20])], along: 0)
    let weight = try Tensor.concatenated(
      [Tensor.zeros([3, 20]), Tensor.full([2, 20], 0.01), Tensor.full([2, 20], -0.01)], along: 0)
    try expectScreenIsExact(
      "constant rows", states: states, weight: weight,
      bias: Tensor([0.5, -0.5, 0, -0.1, -0.3, 0.1, 0.3] as [Float]), lengths: [1, 2])
  }

  /// Squares of such numbers underflow or overflow; most entries are negative.
  @Test(arguments: [1e-40, 1e-30, 1e-20, 1e-10, 1e10, 1e18, 1e25, 1e37])
  func `any magnitude passes the screen`(_ magnitude: Double) throws {
    try TorchRandom.seed(3)
    let weight = try normal([500, 40])
    for (states, weight) in try [
      (normal([9, 40]) * magnitude, weight), (normal([9, 40]), weight * magnitude),
      (normal([9, 40]) * magnitude, weight * Swift.min(magnitude, 10)),
    ] {
      let logits = try states.linear(weight: weight).values(as: Double.self)
      guard let largest = logits.max(), largest.isFinite else { continue }
      for shift in [0, -0.3, -0.999] {
        try expectScreenIsExact(
          "\(magnitude), shift \(shift)", states: states, weight: weight,
          bias: Tensor.full([500], shift * largest), lengths: [4, 5])
      }
    }
  }

  /// One large element takes nearly all steps of a byte from the others.
  @Test func `rows with one large element pass the screen`() throws {
    try TorchRandom.seed(4)
    let outlier = try Tensor.range(0..<64).equals(7).to(.float32)
    let states = try normal([30, 64]) + outlier * 300
    let weight = try normal([900, 64]) * (outlier * -0.999 + 1)
    for shift in [0.0, -8, -20] {
      try expectScreenIsExact(
        "shift \(shift)", states: states, weight: weight, bias: Tensor.full([900], shift),
        lengths: [10, 1, 19])
    }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func `what is no number is not hidden`(_ strange: Float) throws {
    try TorchRandom.seed(5)
    let weight = try normal([300, 32], deviation: 0.01)
    let bias = try Tensor.full([300], -50)
    let marks = { (place: Int, shape: [Int]) in
      var numbers = [Float](repeating: 0, count: shape.reduce(1, *))
      numbers[place] = strange
      return try Tensor(numbers, shape: shape)
    }
    // In the first, a middle and the last token of a text, in a weight and in the bias.
    for row in [2, 5, 7] {
      let states = try normal([12, 32]) + marks(row * 32 + 3, [12, 32])
      try expectScreenIsExact(
        "token \(row)", states: states, weight: weight, bias: bias, lengths: [2, 6, 4])
    }
    try expectScreenIsExact(
      "weight", states: normal([12, 32]), weight: weight + marks(77, [300, 32]), bias: bias,
      lengths: [2, 6, 4])
    try expectScreenIsExact(
      "bias", states: normal([12, 32]), weight: weight, bias: bias + marks(77, [300]),
      lengths: [2, 6, 4])
  }

  /// Where few entries are positive all products are of float32, whatever the type of the states.
  @Test(arguments: [
    (DType.float32, -17.0, 2e-5), (.bfloat16, -17, 2e-5), (.float32, -3, 2e-5),
    (.bfloat16, -3, 2e-2),
  ])
  func `sparse weights are those of the formula`(
    _ dtype: DType, _ shift: Double, _ tolerance: Double
  ) throws {
    try TorchRandom.seed(6)
    let weight = try normal([700, 48], deviation: 0.3)
    let bias = try normal([700]) + shift
    for lengths in [[1], [512], [3, 0, 90, 1], [16, 16, 16]] {
      let states = try normal([lengths.reduce(0, +), 48], deviation: 2, dtype: dtype)
      let logits = try states.to(.float32).linear(weight: weight, bias: bias)
      var expected: [Double] = []
      var start = 0
      for length in lengths {
        let weights =
          try length == 0
          ? Tensor.zeros([700])
          : logits.narrowed(0, start..<(start + length)).maximum(along: 0).values.relu().log1p()
        expected += try weights.values(as: Double.self)
        start += length
      }
      let rows = try states.sparseSpladeHead(
        weight: weight, bias: bias, screen: SpladeScreen(weight: weight, bias: bias),
        cumulativeLengths: cumulativeLengths(lengths))
      var found = [Double](repeating: 0, count: expected.count)
      for row in 0..<rows.rowCount {
        let entries = rows.entries(ofRow: row)
        for (index, value) in zip(entries.indices, entries.values) {
          found[row * 700 + Int(index)] = Double(value)
        }
      }
      let difference = compare(found, with: expected, absolute: tolerance)
      #expect(difference.isWithinTolerance, "\(lengths): \(difference)")
    }
  }

  @Test func `a screen of other weights is refused`() throws {
    let screen = try SpladeScreen(weight: normal([10, 8]), bias: nil)
    guard ProcessorInstructions.level >= 3 else {
      return Fixtures.skip("a screen of other weights", because: "no products of bytes here")
    }
    #expect(throws: TensorError.self) {
      try normal([2, 8]).sparseSpladeHead(
        weight: normal([11, 8]), bias: nil, screen: screen,
        cumulativeLengths: cumulativeLengths([2]))
    }
  }
}

import SparrowTensor

/// A fused operation in turn with the single operations of libtorch that do the same, forward and
/// backward, on 32 texts of 128 tokens with 384 states in bfloat16.
///
/// The fused side also drops a tenth, with a mask that it makes twice; the other side drops nothing
/// where libtorch has no mask of its own.
struct OperationComparison {
  let name: String
  let inputs: [Tensor]
  let fused: ([Tensor]) throws -> Tensor
  let single: ([Tensor]) throws -> Tensor

  func measure() throws -> BenchmarkRow {
    let run = { (body: ([Tensor]) throws -> Tensor) in
      for input in inputs { try input.setRequiresGradient() }
      try body(inputs).sum().backward()
    }
    let duration = try alternate({ try run(fused) }, { try run(single) })
    return BenchmarkRow(
      name: "\(name), forward and backward, against single operations", measured: duration.first,
      reference: duration.second, unit: "seconds")
  }

  private static let mask = DropoutMask(probability: 0.1, seed: 1, place: 1)

  /// Attention with 12 heads, embedding, norm and GELU.
  static var all: [OperationComparison] {
    get throws { [try attention(), try embedding(), try norm(), try gelu()] }
  }

  private static func attention() throws -> OperationComparison {
    let lengths = try Tensor((0...32).map { Int32($0 * 128) })
    return OperationComparison(
      name: "attention", inputs: [try randomTensor([4096, 3 * 384], .bfloat16)],
      fused: {
        try $0[0].packedAttention(
          cumulativeLengths: lengths, headCount: 12, scale: 0.177, dropout: mask)
      },
      single: { inputs in
        let parts = try (0..<3).map {
          try inputs[0].narrowed(1, ($0 * 384)..<(($0 + 1) * 384)).reshaped([32, 128, 12, 32])
            .transposed(1, 2)
        }
        return try parts[0].attention(key: parts[1], value: parts[2], dropout: 0.1, scale: 0.177)
          .transposed(1, 2).reshaped([4096, 384])
      })
  }

  private static func embedding() throws -> OperationComparison {
    let ids = try Tensor((0..<4096).map { Int32($0 * 7919 % 30_522) })
    let positions = try Tensor((0..<4096).map { Int32($0 % 128) })
    return OperationComparison(
      name: "embedding",
      inputs: try [[30_522, 384], [512, 384], [384], [384]].map { try randomTensor($0, .float32) },
      fused: {
        try EmbeddingTables(
          word: $0[0], position: $0[1], type: nil, normWeight: $0[2], normBias: $0[3],
          epsilon: 1e-12
        ).lookUp(
          tokenIDs: ids, positions: positions, typeIDs: nil, dtype: .bfloat16, dropout: mask)
      },
      single: {
        try ($0[0].embedding(ids) + $0[1].embedding(positions))
          .layerNorm(weight: $0[2], bias: $0[3], epsilon: 1e-12).to(.bfloat16)
      })
  }

  private static func norm() throws -> OperationComparison {
    OperationComparison(
      name: "bias, dropout, residual and norm",
      inputs: try [[4096, 384], [4096, 384], [384], [384], [384]].map {
        try randomTensor($0, .bfloat16)
      },
      fused: {
        try $0[0].addLayerNorm(
          residual: $0[1], inputBias: $0[2], weight: $0[3], bias: $0[4], epsilon: 1e-12,
          dropout: mask)
      },
      single: {
        try ($0[0] + $0[2] + $0[1]).layerNorm(weight: $0[3], bias: $0[4], epsilon: 1e-12)
      })
  }

  private static func gelu() throws -> OperationComparison {
    OperationComparison(
      name: "bias and GELU",
      inputs: [try randomTensor([4096, 1536], .bfloat16), try randomTensor([1536], .bfloat16)],
      fused: { try $0[0].biasGelu($0[1]) }, single: { try ($0[0] + $0[1]).gelu() })
  }
}

public import SparrowTensor

/// The number format in which a model computes; its weights stay in float32.
public enum ComputePrecision: String, Sendable, Hashable, CaseIterable {
  /// 32-bit floating point: the reference's numbers within 2e-5.
  case float32 = "fp32"
  /// bfloat16 with sums in float32.
  case bfloat16 = "bf16"

  /// The element type of activations.
  public var dtype: DType {
    switch self {
    case .float32: .float32
    case .bfloat16: .bfloat16
    }
  }

  /// Whether libtorch compiles something for each number of rows: ``PackedTokens`` then rounds it up.
  var roundsRowCounts: Bool { self == .bfloat16 }
}

/// The activation between the two linear maps of a feed-forward block, as `config.json` spells it.
public enum HiddenActivation: String, Sendable, Hashable, CaseIterable {
  /// GELU by the error function.
  case gelu
  /// GELU approximated by the hyperbolic tangent.
  case geluNew = "gelu_new"
  /// Another spelling of `gelu_new`.
  case geluTangent = "gelu_pytorch_tanh"
  /// max(x, 0).
  case relu
  /// The hyperbolic tangent.
  case tanh
}

/// What turns a cross-encoder's number into a score; the spellings are the reference's class names.
public enum ScoreActivation: String, Sendable, Hashable, CaseIterable {
  /// The number itself.
  case identity = "torch.nn.modules.linear.Identity"
  /// 1 / (1 + e⁻ˣ), from 0 to 1.
  case sigmoid = "torch.nn.modules.activation.Sigmoid"
}

public import SparrowTensor

/// Keeps the gradient of all parameters together within a length.
public enum GradientClipping {
  /// The 2-norm over all gradients, and a scaling down to `maximum` when it is longer.
  ///
  /// Gradients are multiplied by `min(1, maximum / (norm + 1e-6))`, as in the reference. A norm that
  /// is infinite or not a number changes nothing: the caller decides what to do with such a step.
  /// A maximum of nil or 0 only measures. Returns the norm before scaling, 0 without gradients.
  @discardableResult
  public static func clip(
    _ parameters: [Parameter], to maximum: Double?
  ) throws(TensorError) -> Double {
    let gradients = parameters.compactMap(\.tensor.gradient)
    let norm = try FusedUpdate.norm(gradients)
    if let maximum, maximum > 0, norm.isFinite {
      let factor = maximum / (norm + 1e-6)
      if factor < 1 { try FusedUpdate.scale(gradients, by: factor) }
    }
    return norm
  }
}

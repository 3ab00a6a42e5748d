import CTorchShim

/// Updates of parameters that run over many tensors in one call.
package enum FusedUpdate {
  /// One AdamW step over all parameters; `steps` are float32 scalars that are advanced.
  package static func adamW(
    parameters: [Tensor], gradients: [Tensor], firstMoments: [Tensor], secondMoments: [Tensor],
    steps: [Tensor], learningRate: Double, beta1: Double, beta2: Double, weightDecay: Double,
    epsilon: Double
  ) throws(TensorError) {
    let status = withExtendedLifetime((parameters, gradients, firstMoments, secondMoments, steps)) {
      spw_adamw(
        handles(parameters), handles(gradients), handles(firstMoments), handles(secondMoments),
        handles(steps), Int32(parameters.count), learningRate, beta1, beta2, weightDecay, epsilon)
    }
    try check(status)
  }

  /// The 2-norm of all gradients together.
  package static func norm(_ gradients: [Tensor]) throws(TensorError) -> Double {
    var result = 0.0
    let status = withExtendedLifetime(gradients) {
      spw_gradient_norm(handles(gradients), Int32(gradients.count), &result)
    }
    try check(status)
    return result
  }

  /// Multiplies all gradients in place.
  package static func scale(_ gradients: [Tensor], by factor: Double) throws(TensorError) {
    let status = withExtendedLifetime(gradients) {
      spw_scale_gradients(handles(gradients), Int32(gradients.count), factor)
    }
    try check(status)
  }
}

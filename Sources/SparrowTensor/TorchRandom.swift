import CTorchShim

/// libtorch's generator of random numbers for the processor, from which weights are initialised.
///
/// It belongs to the process: libtorch keeps one. Programs seed it once and save its state in
/// checkpoints.
public enum TorchRandom {
  /// Starts the stream of a seed.
  public static func seed(_ seed: UInt64) throws(TensorError) { try check(spw_manual_seed(seed)) }

  /// The state, to be restored by ``restore(_:)``.
  public static func state() throws(TensorError) -> [UInt8] {
    try produce { spw_random_state($0) }.values()
  }

  /// Continues from a saved state.
  ///
  /// - Throws: ``TensorError`` when the bytes are no state.
  public static func restore(_ state: [UInt8]) throws(TensorError) {
    let tensor = try Tensor(state)
    try check(spw_set_random_state(tensor.handle))
  }
}

extension Tensor {
  /// Draws every element anew from a normal distribution.
  public func fillNormal(mean: Double = 0, deviation: Double) throws(TensorError) {
    try check(spw_normal_into(handle, mean, deviation))
  }

  /// Draws every element anew, uniformly from a range.
  public func fillUniform(from low: Double, to high: Double) throws(TensorError) {
    try check(spw_uniform_into(handle, low, high))
  }
}

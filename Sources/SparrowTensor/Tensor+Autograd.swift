import CTorchShim

extension Tensor {
  /// Whether gradients with respect to this tensor are wanted.
  public var requiresGradient: Bool {
    var required: Int32 = 0
    precondition(spw_requires_gradient(handle, &required) == 0, "this is a bug")
    return required == 1
  }

  /// Asks for gradients with respect to this tensor, or stops asking.
  ///
  /// - Throws: ``TensorError`` for integers and for results of recorded operations.
  public func setRequiresGradient(_ required: Bool = true) throws(TensorError) {
    try check(spw_set_requires_gradient(handle, required ? 1 : 0))
  }

  /// The gradient accumulated by ``backward(_:)``, nil when there is none.
  public var gradient: Tensor? {
    var result = SpwTensor(pointer: nil)
    precondition(spw_gradient(handle, &result) == 0, "this is a bug")
    return result.pointer == nil ? nil : Tensor(adopting: result)
  }

  /// Drops the accumulated gradient.
  public func clearGradient() throws(TensorError) { try check(spw_clear_gradient(handle)) }

  /// The same values, cut off from how they were computed; shares memory.
  public func detached() throws(TensorError) -> Tensor {
    try produce { spw_detach(handle, $0) }
  }

  /// Adds to every wanted gradient the derivative of this tensor, weighted by `gradient`.
  ///
  /// - Parameter gradient: the same shape as this tensor; may be left out for a single number.
  /// - Throws: ``TensorError`` when nothing was recorded or shapes differ.
  public func backward(_ gradient: Tensor? = nil) throws(TensorError) {
    try check(spw_backward(handle, SparrowTensor.handle(gradient)))
  }
}

/// Runs `body` without recording operations (inference, updates of parameters).
///
/// The mode belongs to the current thread and is restored afterwards.
public func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
  try withGradientMode(false, body)
}

/// Runs `body` recording operations, also inside ``withoutGradients(_:)``.
public func withGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
  try withGradientMode(true, body)
}

/// Whether operations of this thread are recorded.
public var isRecordingGradients: Bool { spw_gradient_mode() == 1 }

private func withGradientMode<Result>(
  _ enabled: Bool, _ body: () throws -> Result
) rethrows -> Result {
  let previous = spw_gradient_mode()
  _ = spw_set_gradient_mode(enabled ? 1 : 0)
  defer { _ = spw_set_gradient_mode(previous) }
  return try body()
}

public import SparrowTensor

/// A learned tensor of a model, under the name it has in checkpoints.
///
/// The value stays in its own precision (float32 as a rule). Computation in a lower precision uses
/// ``value(in:)``, which converts once and remembers the result until ``invalidate()``: one training
/// step casts each weight once, however often it is used.
public final class Parameter {
  /// The name within the model, for example `bert.encoder.layer.0.output.dense.weight`.
  public let name: String
  /// The name in files, which differs for the old spelling of norms (`LayerNorm.gamma`); what was
  /// loaded under it is saved under it, as the reference does.
  public let storedName: String
  /// The values; updated in place by optimisers.
  public private(set) var tensor: Tensor

  /// How often the values were replaced or changed; what was derived from an older one is stale.
  public private(set) var revision = 0

  private var cast: Tensor?
  private var castIsRecorded = false

  /// Makes a parameter that takes part in training.
  package init(
    name: String, storedName: String? = nil, tensor: Tensor, isTrainable: Bool = true
  ) throws(TensorError) {
    self.name = name
    self.storedName = storedName ?? name
    self.tensor = tensor
    try tensor.setRequiresGradient(isTrainable)
  }

  /// Whether training changes the values.
  public var isTrainable: Bool { tensor.requiresGradient }

  /// Lets training change the values, or not.
  public func setTrainable(_ isTrainable: Bool) throws(TensorError) {
    try tensor.setRequiresGradient(isTrainable)
    invalidate()
  }

  /// The values in the precision of a computation.
  public func value(in dtype: DType) throws(TensorError) -> Tensor {
    if tensor.dtype == dtype { return tensor }
    let isRecorded = isRecordingGradients && isTrainable
    if let cast, cast.dtype == dtype, castIsRecorded == isRecorded { return cast }
    let converted = try tensor.to(dtype)
    cast = converted
    castIsRecorded = isRecorded
    return converted
  }

  /// Moves the values into memory of their own.
  ///
  /// Values that were loaded lie in the file's mapping, at the file's alignment, and the last bits
  /// of a matrix product can depend on that. Training moves all values first: a resumed run, which
  /// loads them from another file, then repeats the very same numbers.
  package func moveToOwnMemory() throws(TensorError) {
    let isTrainable = self.isTrainable
    tensor = try tensor.detached().cloned()
    try setTrainable(isTrainable)
  }

  /// Forgets the converted values; must follow every change of ``tensor``.
  public func invalidate() {
    cast = nil
    revision += 1
  }
}

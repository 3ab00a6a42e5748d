import CTorchShim

/// Turns a status of the shim into a ``TensorError``.
func check(_ status: Int32) throws(TensorError) {
  guard status != 0 else { return }
  let message = String(cString: spw_last_message())
  let code: TensorError.Code =
    switch status {
    case 1: .invalidArgument
    case 2: .outOfMemory
    case 3: .notImplemented
    default: .failure
    }
  throw TensorError(code, message)
}

/// Calls an operation of the shim that makes one tensor.
func produce(
  _ operation: (UnsafeMutablePointer<SpwTensor>) -> Int32
) throws(TensorError) -> Tensor {
  var handle = SpwTensor(pointer: nil)
  try check(operation(&handle))
  return Tensor(adopting: handle)
}

/// Calls an operation of the shim that makes two tensors.
func producePair(
  _ operation: (UnsafeMutablePointer<SpwTensor>, UnsafeMutablePointer<SpwTensor>) -> Int32
) throws(TensorError) -> (Tensor, Tensor) {
  var first = SpwTensor(pointer: nil)
  var second = SpwTensor(pointer: nil)
  try check(operation(&first, &second))
  return (Tensor(adopting: first), Tensor(adopting: second))
}

/// Sizes as the shim takes them.
func wide(_ sizes: [Int]) -> [Int64] { sizes.map(Int64.init) }

/// Handles of several tensors; the tensors must outlive the call that uses them.
func handles(_ tensors: [Tensor]) -> [SpwTensor] { tensors.map(\.handle) }

/// The handle of a tensor that may be left out.
func handle(_ tensor: Tensor?) -> SpwTensor { tensor?.handle ?? SpwTensor(pointer: nil) }

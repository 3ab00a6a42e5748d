import CTorchShim

extension Tensor {
  private func unary(_ operation: SpwUnary) throws(TensorError) -> Tensor {
    try produce { spw_unary(Int32(operation.rawValue), handle, $0) }
  }

  private func binary(_ operation: SpwBinary, _ right: Tensor) throws(TensorError) -> Tensor {
    try produce { spw_binary(Int32(operation.rawValue), handle, right.handle, $0) }
  }

  private func binary(_ operation: SpwBinary, _ right: Double) throws(TensorError) -> Tensor {
    try produce { spw_binary_scalar(Int32(operation.rawValue), handle, right, $0) }
  }

  /// `-x`.
  public func negated() throws(TensorError) -> Tensor { try unary(SPW_NEGATE) }
  /// `|x|`.
  public func absolute() throws(TensorError) -> Tensor { try unary(SPW_ABS) }
  /// `e^x`.
  public func exponential() throws(TensorError) -> Tensor { try unary(SPW_EXP) }
  /// The natural logarithm.
  public func logarithm() throws(TensorError) -> Tensor { try unary(SPW_LOG) }
  /// `log(1 + x)`.
  public func log1p() throws(TensorError) -> Tensor { try unary(SPW_LOG1P) }
  /// The square root.
  public func squareRoot() throws(TensorError) -> Tensor { try unary(SPW_SQRT) }
  /// `max(x, 0)`; the gradient at 0 is 0.
  public func relu() throws(TensorError) -> Tensor { try unary(SPW_RELU) }
  /// The hyperbolic tangent.
  public func hyperbolicTangent() throws(TensorError) -> Tensor { try unary(SPW_TANH) }
  /// `1 / (1 + e^-x)`.
  public func sigmoid() throws(TensorError) -> Tensor { try unary(SPW_SIGMOID) }
  /// `x/2 · (1 + erf(x/√2))`.
  public func gelu() throws(TensorError) -> Tensor { try unary(SPW_GELU) }
  /// GELU in its approximation by the hyperbolic tangent.
  public func geluByTangent() throws(TensorError) -> Tensor { try unary(SPW_GELU_TANH) }
  /// `x²`.
  public func squared() throws(TensorError) -> Tensor { try unary(SPW_SQUARE) }
  /// The cosine of an angle in radians.
  public func cosine() throws(TensorError) -> Tensor { try unary(SPW_COS) }
  /// The sine of an angle in radians.
  public func sine() throws(TensorError) -> Tensor { try unary(SPW_SIN) }
  /// True where an element is neither infinite nor NaN.
  public func isFinite() throws(TensorError) -> Tensor { try unary(SPW_IS_FINITE) }
  /// True where an element is zero or false.
  public func logicalNot() throws(TensorError) -> Tensor { try unary(SPW_LOGICAL_NOT) }

  /// Element-wise sum; shapes broadcast.
  public static func + (left: Tensor, right: Tensor) throws(TensorError) -> Tensor {
    try left.binary(SPW_ADD, right)
  }
  /// Element-wise difference; shapes broadcast.
  public static func - (left: Tensor, right: Tensor) throws(TensorError) -> Tensor {
    try left.binary(SPW_SUBTRACT, right)
  }
  /// Element-wise product; shapes broadcast.
  public static func * (left: Tensor, right: Tensor) throws(TensorError) -> Tensor {
    try left.binary(SPW_MULTIPLY, right)
  }
  /// Element-wise quotient; shapes broadcast.
  public static func / (left: Tensor, right: Tensor) throws(TensorError) -> Tensor {
    try left.binary(SPW_DIVIDE, right)
  }
  /// Adds a number to every element.
  public static func + (left: Tensor, right: Double) throws(TensorError) -> Tensor {
    try left.binary(SPW_ADD, right)
  }
  /// Subtracts a number from every element.
  public static func - (left: Tensor, right: Double) throws(TensorError) -> Tensor {
    try left.binary(SPW_SUBTRACT, right)
  }
  /// Multiplies every element by a number.
  public static func * (left: Tensor, right: Double) throws(TensorError) -> Tensor {
    try left.binary(SPW_MULTIPLY, right)
  }
  /// Divides every element by a number.
  public static func / (left: Tensor, right: Double) throws(TensorError) -> Tensor {
    try left.binary(SPW_DIVIDE, right)
  }

  /// Every element to the given power.
  public func power(_ exponent: Double) throws(TensorError) -> Tensor {
    try binary(SPW_POWER, exponent)
  }
  /// The larger of two elements; shapes broadcast.
  public func maximum(_ other: Tensor) throws(TensorError) -> Tensor {
    try binary(SPW_MAXIMUM, other)
  }
  /// The smaller of two elements; shapes broadcast.
  public func minimum(_ other: Tensor) throws(TensorError) -> Tensor {
    try binary(SPW_MINIMUM, other)
  }
  /// Elements below `bound` are raised to it; their gradient is 0.
  public func clamped(minimum bound: Double) throws(TensorError) -> Tensor {
    try binary(SPW_MAXIMUM, bound)
  }
  /// True where elements are equal.
  public func equals(_ other: Tensor) throws(TensorError) -> Tensor { try binary(SPW_EQUAL, other) }
  /// True where elements equal a number.
  public func equals(_ value: Double) throws(TensorError) -> Tensor { try binary(SPW_EQUAL, value) }
  /// True where elements differ from a number.
  public func differs(from value: Double) throws(TensorError) -> Tensor {
    try binary(SPW_NOT_EQUAL, value)
  }
  /// True where elements are below the other's.
  public func isLess(than other: Tensor) throws(TensorError) -> Tensor {
    try binary(SPW_LESS, other)
  }
  /// True where elements are below a number.
  public func isLess(than value: Double) throws(TensorError) -> Tensor {
    try binary(SPW_LESS, value)
  }
  /// True where elements are above the other's.
  public func isGreater(than other: Tensor) throws(TensorError) -> Tensor {
    try binary(SPW_GREATER, other)
  }
  /// True where elements are above a number.
  public func isGreater(than value: Double) throws(TensorError) -> Tensor {
    try binary(SPW_GREATER, value)
  }
  /// True where both are true.
  public func logicalAnd(_ other: Tensor) throws(TensorError) -> Tensor {
    try binary(SPW_LOGICAL_AND, other)
  }

  /// Elements of `self` where `condition` holds, of `other` elsewhere.
  public func selected(where condition: Tensor, else other: Tensor) throws(TensorError) -> Tensor {
    try produce { spw_where(condition.handle, handle, other.handle, $0) }
  }

  /// `value` where the mask is true, the own element elsewhere.
  public func masked(_ mask: Tensor, with value: Double) throws(TensorError) -> Tensor {
    try produce { spw_masked_fill(handle, mask.handle, value, $0) }
  }

  /// Overwrites all elements with those of another tensor; shapes broadcast, types convert.
  public func copy(from source: Tensor) throws(TensorError) {
    try check(spw_copy_into(handle, source.handle))
  }

  /// Adds `factor * source` to the elements in place.
  public func add(_ source: Tensor, factor: Double = 1) throws(TensorError) {
    try check(spw_add_into(handle, source.handle, factor))
  }

  /// Multiplies the elements in place.
  public func multiply(by factor: Double) throws(TensorError) {
    try check(spw_multiply_into(handle, factor))
  }

  /// Sets every element to a number.
  public func fill(_ value: Double) throws(TensorError) {
    try check(spw_fill_into(handle, value))
  }
}

import SparrowTensor

/// Inputs of the head: random states of texts of equal length, an output layer and its bias.
struct HeadCase {
  let textCount: Int
  let textLength: Int
  let width: Int
  let vocabularySize: Int
  private let states: Tensor
  private let weight: Tensor
  private let bias: Tensor
  private let lengths: Tensor

  init(textCount: Int, textLength: Int, width: Int, vocabularySize: Int, dtype: DType) throws {
    self.textCount = textCount
    self.textLength = textLength
    self.width = width
    self.vocabularySize = vocabularySize
    states = try randomTensor([textCount * textLength, width], dtype)
    weight = try randomTensor([vocabularySize, width], .float32)
    // About one entry in a hundred is positive, as after training.
    bias = try Tensor.full([vocabularySize], -0.28)
    lengths = try Tensor((0...textCount).map { Int32($0 * textLength) })
  }

  /// Additions and multiplications of the logits.
  var operationCount: Double {
    2 * Double(textCount * textLength) * Double(width) * Double(vocabularySize)
  }

  func runForward() throws { _ = try weights() }

  func makeScreen() throws -> SpladeScreen { try SpladeScreen(weight: weight, bias: bias) }

  func runSparse(_ screen: SpladeScreen) throws {
    _ = try states.sparseSpladeHead(
      weight: weight, bias: bias, screen: screen, cumulativeLengths: lengths)
  }

  /// The gradient of the layer stays, as it does until an optimizer's step.
  func runForwardAndBackward() throws {
    for tensor in [states, weight, bias] { try tensor.setRequiresGradient() }
    try weights().sum().backward()
  }

  private func weights() throws -> Tensor {
    try states.spladeHead(
      weight: weight, bias: bias, cumulativeLengths: lengths, pooling: .max, activation: .relu)
  }
}

/// Normally distributed numbers of a deviation at which logits are about 0.07.
func randomTensor(_ shape: [Int], _ dtype: DType) throws -> Tensor {
  let tensor = try Tensor.zeros(shape)
  try tensor.fillNormal(deviation: 0.06)
  return try tensor.to(dtype)
}

/// The parts of a family's classification head: a linear map and an activation over one state of a
/// text, scored by the output layer.
package struct ClassificationHeadShape {
  /// What is taken of a text's hidden states: the first token's or their mean.
  package var pooling = Pooling.Mode.cls
  /// The name of the linear map.
  package var dense: String
  /// Whether it has a bias.
  package var hasDenseBias = true
  /// What follows it.
  package var activation: HiddenActivation
  /// The name of a norm after the activation, nil for none.
  package var norm: String?
  /// Whether the norm has a shift.
  package var hasNormBias = true
  /// Added to variances in the norm.
  package var normEpsilon = 1e-12
  /// The name of the output layer.
  package var output: String
  /// Whether elements are dropped before the linear map too.
  package var dropsBeforeDense = false
  /// Probability of dropping an element in training.
  package var dropout: Double
  /// Standard deviation of freshly initialised weights.
  package var initializerRange: Double
}

/// The parts of a family's masked-LM head: `LN(activation(dense(x)))`, scored by the output layer.
package struct MaskedLanguageHeadShape {
  /// The name of the linear map.
  package var dense: String
  /// Whether it has a bias.
  package var hasDenseBias = true
  /// What follows it.
  package var activation = HiddenActivation.gelu
  /// The name of the norm.
  package var norm: String
  /// Whether it has a shift.
  package var hasNormBias = true
  /// Added to variances in the norm.
  package var normEpsilon: Double
  /// The name of the output layer.
  package var decoder: String
  /// Whether the output layer has a bias.
  package var hasDecoderBias = true
  /// The name of a bias to which the output layer's is tied, nil when its own is the only one.
  package var tiedBias: String?
  /// Whether the output layer is the word table, unless the file has different values.
  package var isTied: Bool
  /// Standard deviation of freshly initialised weights.
  package var initializerRange: Double
}

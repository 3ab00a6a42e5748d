import SparrowCore

extension LossRecipe {
  /// The names of losses over the scores of pairs.
  static let crossEncoderNames = [
    "BinaryCrossEntropyLoss", "MultipleNegativesRankingLoss", "MSELoss",
  ]

  /// The reference's default for cross-encoders with one label.
  static let crossEncoderStandard = LossRecipe(unchecked: ["name": "BinaryCrossEntropyLoss"])

  /// The loss's name.
  var name: String { json["name"]?.string ?? "SpladeLoss" }

  /// Whether the loss trains cross-encoders, which score pairs, and not models that give vectors.
  var isForCrossEncoders: Bool { Self.crossEncoderNames.contains(name) }

  /// Makes a loss over the scores of pairs.
  static func crossEncoderLoss(
    _ name: String, _ reader: inout SettingsReader
  ) throws(TrainingError) -> any TrainingLoss {
    switch name {
    case "MultipleNegativesRankingLoss":
      return try MultipleNegativesRankingLoss(
        negativeCount: try reader.count("num_negatives") ?? 4,
        scale: try reader.number("scale") ?? 10)
    case "MSELoss": return MSELoss()
    default: return try BinaryCrossEntropyLoss(positiveWeight: try reader.number("pos_weight") ?? 1)
    }
  }
}

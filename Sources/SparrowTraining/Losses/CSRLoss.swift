public import SparrowModels
public import SparrowTensor

/// A loss for CSR models: what is to be learned from the sparse vectors, plus how well they rebuild
/// the dense ones.
///
/// The parts, in order: the three of ``CSRReconstructionLoss``, and `base_loss`, ``gamma`` times the
/// base loss over the active latents. Gradients reach the dense encoder through both.
/// Source: Wen et al. 2025 (arXiv 2503.01776).
///
/// ```swift
/// let loss = try CSRLoss(
///   SparseMultipleNegativesRankingLoss(scale: 20, similarity: .cosine), gamma: 0.1)
/// ```
public final class CSRLoss {
  /// What is to be learned.
  public let base: any EmbeddingLoss
  /// How the dense vectors are to be rebuilt.
  public let reconstruction: CSRReconstructionLoss
  /// The weight of the base loss, 1 by default.
  public let gamma: Double

  /// The loss's name in recipes and logs.
  public var name: String { "CSRLoss" }
  /// The columns and labels the base loss needs.
  public var requirement: ColumnRequirement { base.requirement }

  /// Makes the loss.
  ///
  /// - Parameters:
  ///   - base: what is to be learned.
  ///   - beta: the weight of the dead latents' part, 0.1 by default.
  ///   - gamma: the weight of the base loss, 1 by default.
  /// - Throws: ``TrainingError/Code/invalidArgument`` when a weight is negative or not finite.
  public init(
    _ base: any EmbeddingLoss, beta: Double = 0.1, gamma: Double = 1
  ) throws(TrainingError) {
    guard gamma >= 0, gamma.isFinite else {
      throw TrainingError(
        .invalidArgument, "CSRLoss needs a number from 0 as gamma; found \(gamma).")
    }
    self.base = base
    reconstruction = try CSRReconstructionLoss(beta: beta)
    self.gamma = gamma
  }

  /// The parts of the loss of one batch.
  ///
  /// - Parameters:
  ///   - columns: what the autoencoder made of each column.
  ///   - labels: the batch's labels, nil when the dataset has none.
  /// - Returns: the parts in the order in which they are logged, each with its weight applied.
  /// - Throws: ``TrainingError/Code/invalidShape`` when columns or labels do not fit.
  public func components(
    of columns: [SparseAutoEncoder.Reconstruction], labels: Tensor?
  ) throws -> [LossComponent] {
    let learned = try base(columns.map(\.latents), labels: labels)
    return try reconstruction.components(of: columns) + [
      LossComponent(name: "base_loss", value: try learned * gamma)
    ]
  }
}

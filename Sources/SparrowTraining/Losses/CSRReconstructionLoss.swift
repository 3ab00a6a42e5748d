public import SparrowModels
import SparrowTensor

/// How well the few active latents of a CSR model rebuild its dense vectors.
///
/// The parts, each a mean over columns: `reconstruction_loss_k`, the mean squared error with the `k`
/// active latents; `reconstruction_loss_4k`, an eighth of that with `4k` latents;
/// `reconstruction_loss_aux`, ``beta`` times the error with which dead latents rebuild what the active
/// ones miss, relative to the spread of what is missed.
/// Source: Wen et al. 2025 (arXiv 2503.01776), after Gao et al. 2024 (arXiv 2406.04093).
public final class CSRReconstructionLoss {
  /// The weight of the dead latents' part, 1 by default.
  public let beta: Double

  /// The loss's name in recipes and logs.
  public var name: String { "CSRReconstructionLoss" }
  /// Any columns of texts, without labels.
  public var requirement: ColumnRequirement { ColumnRequirement(from: 1, ["text"], label: .none) }

  /// Makes the loss.
  ///
  /// - Throws: ``TrainingError/Code/invalidArgument`` when the weight is negative or not finite.
  public init(beta: Double = 1) throws(TrainingError) {
    guard beta >= 0, beta.isFinite else {
      throw TrainingError(
        .invalidArgument, "CSRReconstructionLoss needs a number from 0 as beta; found \(beta).")
    }
    self.beta = beta
  }

  private static let widerWeight = 1.0 / 8

  /// The parts of the loss of one batch.
  ///
  /// - Parameter columns: what the autoencoder made of each column.
  /// - Returns: the three parts in the order in which they are logged.
  /// - Throws: ``TrainingError/Code/invalidShape`` when there is no column.
  public func components(
    of columns: [SparseAutoEncoder.Reconstruction]
  ) throws -> [LossComponent] {
    guard !columns.isEmpty else {
      throw TrainingError(.invalidShape, "CSRReconstructionLoss needs at least one column.")
    }
    func mean(_ values: [Tensor]) throws -> Tensor { try Tensor.stacked(values).mean() }
    let narrow = try columns.map { try ($0.input - $0.rebuilt).squared().mean() }
    let wide = try columns.map { try ($0.input - $0.widerRebuilt).squared().mean() }
    let auxiliary = try columns.map(auxiliaryError)
    return [
      LossComponent(name: "reconstruction_loss_k", value: try mean(narrow)),
      LossComponent(
        name: "reconstruction_loss_4k", value: try mean(wide) * Self.widerWeight),
      LossComponent(name: "reconstruction_loss_aux", value: try mean(auxiliary) * beta),
    ]
  }

  /// The error of what dead latents rebuild, 0 when the model has none of these.
  private func auxiliaryError(_ column: SparseAutoEncoder.Reconstruction) throws -> Tensor {
    guard let rebuilt = column.auxiliaryRebuilt else {
      return try Tensor.zeros([], dtype: column.input.dtype).to(column.input.device)
    }
    let missed = try column.input - column.rebuiltWithoutBias.detached()
    return try Self.normalizedError(of: rebuilt, from: missed)
  }

  /// The mean squared error relative to the spread of the target's rows around their mean.
  ///
  /// Where all rows are equal it is the plain error, as in the reference from 6.1 on; before, a batch
  /// of one row gave infinity.
  static func normalizedError(of found: Tensor, from target: Tensor) throws -> Tensor {
    let error = try (found - target).squared().mean()
    let spread = try (target - target.mean(0, keepsDimensions: true)).squared().mean()
    let isConstant = try target.equals(target.narrowed(0, 0..<1)).all()
    guard !isConstant, try spread.item() != 0 else { return error }
    return try error / spread
  }
}

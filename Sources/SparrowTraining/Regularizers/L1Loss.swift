public import SparrowTensor

/// The mean sum of absolute weights: `mean_i Σ_j |e_ij|`.
///
/// Unlike ``FlopsLoss`` it presses on every weight alike, which keeps query vectors short.
/// Source: Lassance & Clinchant 2022 (efficient SPLADE, arXiv 2207.03834).
public struct L1Loss: EmbeddingRegularizer, Sendable {
  /// Rows with at most this many weights are left alone; nil, the default, leaves none.
  public let threshold: Int?

  /// The name in recipes and logs.
  public var name: String { "L1Loss" }

  /// Makes the regulariser.
  public init(threshold: Int? = nil) { self.threshold = threshold }

  /// The penalty; see ``EmbeddingRegularizer/callAsFunction(_:)``.
  public func callAsFunction(_ pieces: [Tensor]) throws -> Tensor {
    let filter = RowFilter(threshold: threshold)
    return try mean(pieces) { try filter($0).absolute().sum() }
  }
}

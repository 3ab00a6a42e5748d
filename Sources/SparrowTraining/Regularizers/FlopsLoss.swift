public import SparrowTensor

/// The expected number of multiplications when two vectors of this kind meet: `Σ_j (mean_i e_ij)²`.
///
/// Source: Paria et al. 2020, as used in SPLADE (arXiv 2107.05720).
/// It presses most on terms that many texts share, and so leads to posting lists of even length.
/// With a threshold, rows that have that many weights or fewer are left alone; they still count in
/// the mean.
public struct FlopsLoss: EmbeddingRegularizer, Sendable {
  /// Rows with at most this many weights are left alone; nil, the default, leaves none.
  public let threshold: Int?

  /// The name in recipes and logs.
  public var name: String { "FlopsLoss" }

  /// Makes the regulariser.
  public init(threshold: Int? = nil) { self.threshold = threshold }

  /// The penalty; see ``EmbeddingRegularizer/callAsFunction(_:)``.
  public func callAsFunction(_ pieces: [Tensor]) throws -> Tensor {
    let filter = RowFilter(threshold: threshold)
    return try mean(pieces) { try filter($0).sum(0) }.squared().sum()
  }
}

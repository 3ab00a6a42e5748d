import SparrowTensor

/// How sparse the embeddings of one column of a batch are.
public struct EmbeddingStatistics: Sendable, Hashable {
  /// The mean number of weights above 0.
  public let activeDimensions: Double
  /// The share of rows without any weight.
  public let emptyRowShare: Double
  /// The number of dimensions that have a weight in every row.
  public let constantDimensions: Int

  /// Makes statistics.
  public init(activeDimensions: Double, emptyRowShare: Double, constantDimensions: Int) {
    self.activeDimensions = activeDimensions
    self.emptyRowShare = emptyRowShare
    self.constantDimensions = constantDimensions
  }

  /// Counts the weights of embeddings `[rows, vocabulary]`.
  init(_ embeddings: Tensor) throws {
    let isActive = try withoutGradients { try embeddings.differs(from: 0).to(.float32) }
    let perRow = try isActive.sum(1)
    activeDimensions = try perRow.mean().item()
    emptyRowShare = try perRow.equals(0).to(.float32).mean().item()
    constantDimensions = Int(try isActive.amin(0).sum().item())
  }
}

import SparrowTensor

/// How sparse the embeddings of one column of a batch are.
public struct EmbeddingStatistics: Sendable, Hashable {
  /// The number of rows.
  public let rowCount: Int
  /// The mean number of weights above 0.
  public let activeDimensions: Double
  /// The share of rows without any weight.
  public let emptyRowShare: Double
  /// The dimensions that have a weight in every row, at most ``listedCount`` of them.
  public let constantDimensions: [Int]

  /// How many dimensions are listed at most.
  public static let listedCount = 20

  /// Makes statistics.
  public init(
    rowCount: Int, activeDimensions: Double, emptyRowShare: Double, constantDimensions: [Int]
  ) {
    self.rowCount = rowCount
    self.activeDimensions = activeDimensions
    self.emptyRowShare = emptyRowShare
    self.constantDimensions = constantDimensions
  }
}

extension LossReport {
  /// Counts the weights of a batch's columns, each `[rows, vocabulary]`.
  mutating func addStatistics(of embeddings: [Tensor]) throws {
    try withoutGradients {
      var shares: [Tensor] = []
      for column in embeddings {
        let isActive = try column.differs(from: 0).to(.float32)
        let perRow = try isActive.sum(1)
        let constant = try isActive.amin(0).nonzeroPositions().values(as: Int64.self)
        columns.append(
          EmbeddingStatistics(
            rowCount: column.shape[0], activeDimensions: try perRow.mean().item(),
            emptyRowShare: try perRow.equals(0).to(.float32).mean().item(),
            constantDimensions: constant.prefix(EmbeddingStatistics.listedCount).map { Int($0) }))
        shares.append(try isActive.mean(0))
      }
      guard let queries = shares.first, shares.count > 1 else { return }
      let documents = try Tensor.stacked(Array(shares.dropFirst())).mean(0)
      averageFLOPS = try (queries * documents).sum().item()
    }
  }
}

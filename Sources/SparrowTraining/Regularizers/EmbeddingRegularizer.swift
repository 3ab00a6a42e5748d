public import SparrowTensor

/// A penalty that pushes embeddings towards having few or small weights.
public protocol EmbeddingRegularizer {
  /// The regulariser's name in recipes and logs.
  var name: String { get }
  /// Rows with at most this many weights are left alone; nil leaves none.
  var threshold: Int? { get }
  /// The penalty of a set of embeddings, a tensor without dimensions.
  ///
  /// The set comes in one or more pieces `[rows, vocabulary]`. How it is cut makes no difference;
  /// in this way the documents of several columns need not be copied together.
  func callAsFunction(_ pieces: [Tensor]) throws -> Tensor
}

extension EmbeddingRegularizer {
  /// Sums `rowSum` over all pieces and divides by their number of rows.
  func mean(_ pieces: [Tensor], _ rowSum: (Tensor) throws -> Tensor) throws -> Tensor {
    guard let first = pieces.first else {
      throw TrainingError(.invalidShape, "\(name) needs embeddings; there are none.")
    }
    var total = try rowSum(first)
    var rowCount = first.shape[0]
    for piece in pieces.dropFirst() {
      total = try total + rowSum(piece)
      rowCount += piece.shape[0]
    }
    return try total / Double(rowCount)
  }
}

/// Which rows a regulariser looks at.
struct RowFilter: Sendable {
  /// Rows with at most this many weights are left out; nil looks at all.
  let threshold: Int?

  /// The embeddings with zeros in the rows that are left out.
  func callAsFunction(_ embeddings: Tensor) throws -> Tensor {
    guard let threshold else { return embeddings }
    let counts = try embeddings.differs(from: 0).to(embeddings.dtype).sum(1, keepsDimensions: true)
    let isKept = try counts.isGreater(than: Double(threshold)).to(embeddings.dtype)
    return try embeddings * isKept
  }
}

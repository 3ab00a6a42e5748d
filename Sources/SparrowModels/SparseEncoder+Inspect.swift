public import SparrowCore
import SparrowModelFiles

extension SparseEncoder {
  /// Compares every row of one matrix with every row of another by the model's similarity.
  public func similarity(_ left: SparseMatrix, _ right: SparseMatrix) throws -> [[Float]] {
    try settings.similarity.matrix(left, right)
  }

  /// Compares row `i` of one matrix with row `i` of another by the model's similarity.
  public func pairwiseSimilarity(_ left: SparseMatrix, _ right: SparseMatrix) throws -> [Float] {
    try settings.similarity.pairwise(left, right)
  }

  /// The terms of a vector with their weights, heaviest first; of equal weights the lower index.
  ///
  /// - Parameters:
  ///   - vector: what the model made of a text.
  ///   - count: the most terms to return; nil returns all.
  /// - Returns: the terms as the vocabulary spells them.
  public func decode(_ vector: SparseVector, count: Int? = nil) -> [TermWeight] {
    let order = vector.indices.indices.sorted {
      vector.values[$0] != vector.values[$1]
        ? vector.values[$0] > vector.values[$1] : vector.indices[$0] < vector.indices[$1]
    }
    return order.prefix(count ?? order.count).map {
      TermWeight(
        term: term(vector.indices[$0]) ?? "#\(vector.indices[$0])", weight: vector.values[$0])
    }
  }
}

import SparrowCore

/// The terms of a query that a search works with.
struct QueryPlan {
  /// Terms with their weights, none of them zero.
  let terms: [(index: TokenID, weight: Float)]
  /// Whether a weight is below zero.
  let hasNegativeWeights: Bool

  /// The most terms a query may have, so that sums of 32 bits cannot overflow.
  static let maximumTermCount = 1 << 22

  /// Checks a query against the index it is for and drops its zeros.
  ///
  /// - Throws: ``IndexError`` when the dimensions differ, a weight is not finite, the query has
  ///   too many terms, or the options are out of range.
  init(_ query: SparseVector, dimension: Int, options: SearchOptions) throws(IndexError) {
    guard query.dimension == dimension else {
      throw IndexError(
        .usage,
        "The query must have the index's dimension \(dimension); found \(query.dimension). Encode it with the model that encoded the documents."
      )
    }
    guard options.count >= 0 else {
      throw IndexError(
        .usage, "The number of hits asked for must be 0 or more; found \(options.count).")
    }
    for (index, value) in zip(query.indices, query.values) where !value.isFinite {
      throw IndexError(
        .invalidData, "Query weights must be finite numbers; found \(value) at dimension \(index).")
    }
    terms = zip(query.indices, query.values).filter { $0.1 != 0 }.map { ($0.0, $0.1) }
    guard terms.count <= Self.maximumTermCount else {
      throw IndexError(
        .usage,
        "A query may have \(Self.maximumTermCount) terms; found \(terms.count). Keep only the largest weights."
      )
    }
    hasNegativeWeights = terms.contains { $0.weight < 0 }
    if case .approximate(let settings) = options.mode,
      !(0...1).contains(settings.remainderFactor)
    {
      throw IndexError(
        .usage,
        "The remainder factor of an approximate search must lie in 0...1; found \(settings.remainderFactor)."
      )
    }
  }
}

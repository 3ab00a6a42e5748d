import SparrowCore

/// The terms of a query that a search works with.
struct QueryPlan {
  /// A term and its weight.
  typealias Term = (index: TokenID, weight: Float)

  /// All terms with weights other than zero: scores are made of these.
  let terms: [Term]
  /// The terms whose posting lists are used: all, or those with the largest weights.
  let leadingTerms: [Term]
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
    leadingTerms =
      if case .approximate(let settings) = options.mode {
        try Self.leading(terms, settings)
      } else {
        terms
      }
  }

  private static func leading(
    _ terms: [Term], _ settings: ApproximateSearch
  ) throws(IndexError) -> [Term] {
    guard (0...1).contains(settings.remainderFactor), (settings.maximumTerms ?? 0) >= 0 else {
      throw IndexError(
        .usage,
        "An approximate search needs a remainder factor in 0...1 and a number of terms of 0 or more; found \(settings.remainderFactor) and \(settings.maximumTerms ?? 0)."
      )
    }
    guard let limit = settings.maximumTerms, limit < terms.count else { return terms }
    let sorted = terms.sorted { left, right in
      abs(left.weight) != abs(right.weight)
        ? abs(left.weight) > abs(right.weight) : left.index < right.index
    }
    return Array(sorted.prefix(limit))
  }
}

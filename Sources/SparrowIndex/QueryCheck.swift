import SparrowCore

/// The checks that every search makes before it starts.
enum QueryCheck {
  /// Checks a query against the index it is for.
  ///
  /// - Throws: ``IndexError`` when the dimensions differ, a weight is not finite, or `count` is
  ///   negative.
  static func validate(
    _ query: SparseVector, dimension: Int, count: Int
  ) throws(IndexError) {
    guard query.dimension == dimension else {
      throw IndexError(
        .usage,
        "The query must have the index's dimension \(dimension); found \(query.dimension). Encode it with the model that encoded the documents."
      )
    }
    guard count >= 0 else {
      throw IndexError(.usage, "The number of hits asked for must be 0 or more; found \(count).")
    }
    for (index, value) in zip(query.indices, query.values) where !value.isFinite {
      throw IndexError(
        .invalidData, "Query weights must be finite numbers; found \(value) at dimension \(index).")
    }
  }
}

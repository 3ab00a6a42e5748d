public import SparrowCore

/// Checks and roundings of weights for engines.
public enum EngineWeights {
  /// The weight that Lucene stores for a weight: 9 significant bits, cut off.
  ///
  /// Elasticsearch and OpenSearch compute scores with these; query weights stay as they are.
  /// Source: Lucene's `FeatureField`, which keeps the upper 17 bits of the float's representation.
  public static func storedByLucene(_ weight: Float) -> Float {
    Float(bitPattern: (weight.bitPattern >> 15) << 15)
  }

  /// A vector with weights as Lucene stores them.
  public static func storedByLucene(_ vector: SparseVector) -> SparseVector {
    SparseVector(
      uncheckedDimension: vector.dimension, indices: vector.indices,
      values: vector.values.map(storedByLucene))
  }

  /// A vector without zeros.
  ///
  /// - Throws: ``EngineError`` of kind `invalid` when a weight is not finite.
  static func withoutZeros(
    _ vector: SparseVector, of owner: @autoclosure () -> String
  ) throws(EngineError) -> SparseVector {
    var hasZeros = false
    for (index, weight) in zip(vector.indices, vector.values) {
      hasZeros = hasZeros || weight == 0
      guard weight.isFinite else {
        throw EngineError(
          .invalid,
          "Weights must be finite numbers; \(owner()) has \(weight) at dimension \(index).")
      }
    }
    guard hasZeros else { return vector }
    let kept = vector.values.indices.filter { vector.values[$0] != 0 }
    return SparseVector(
      uncheckedDimension: vector.dimension, indices: kept.map { vector.indices[$0] },
      values: kept.map { vector.values[$0] })
  }

  /// Checks what Lucene demands of stored weights.
  ///
  /// - Throws: ``EngineError`` of kind `invalid` when a weight is negative or too small.
  static func checkForLucene(
    _ vector: SparseVector, of owner: @autoclosure () -> String
  ) throws(EngineError) {
    for (index, weight) in zip(vector.indices, vector.values)
    where weight < Float.leastNormalMagnitude {
      throw EngineError(
        .invalid,
        "Elasticsearch and OpenSearch keep positive normal weights only; \(owner()) has \(weight) at dimension \(index)."
      )
    }
  }
}

import SparrowCore
import SparrowEvaluation
import SparrowTestSupport
import Testing

/// An encoder that looks texts up in a table.
struct TableEncoder: SparseEncoding {
  let dimension: Int
  let vectors: [String: SparseVector]
  var similarity = SimilarityFunction.dot

  init(vectors: [String: SparseVector], dimension: Int) {
    self.vectors = vectors
    self.dimension = dimension
  }

  /// The stand-in model of `Tests/Fixtures/evaluation`, which stores vectors as objects.
  init(fixture: JSONValue, adding value: Float = 0) throws {
    let dimension = try #require(fixture["dimension"]?.int)
    var vectors: [String: SparseVector] = [:]
    for (text, weights) in try #require(fixture["vectors"]?.object).members {
      let entries = try #require(weights.object).members
      vectors[text] = try SparseVector(
        dimension: dimension, indices: entries.compactMap { TokenID($0.0) },
        values: entries.compactMap { $0.1.double.map { Float($0) + value } })
    }
    self.init(vectors: vectors, dimension: dimension)
  }

  /// The stand-in model with which the golden numbers of the evaluators were made.
  init(golden: JSONValue) throws {
    let table = try #require(golden["vectors"]?.object)
    var vectors: [String: SparseVector] = [:]
    for (text, weights) in table.members {
      vectors[text] = SparseVector(
        dense: try #require(weights.array).compactMap { $0.double.map { Float($0) } })
    }
    self.init(vectors: vectors, dimension: 8)
  }

  func encode(_ texts: [String], role: TextRole, options: EncodingOptions) throws -> SparseMatrix {
    var matrix = SparseMatrix(columnCount: dimension)
    for text in texts {
      let vector = try #require(vectors[text], "no vector for '\(text)'")
      try matrix.append(limited(vector, options.maxActiveDimensions))
    }
    return matrix
  }

  func term(_ index: TokenID) -> String? { nil }

  /// Keeps the largest weights; of equal ones the higher index, as the golden run happened to do.
  private func limited(_ vector: SparseVector, _ count: Int?) throws -> SparseVector {
    guard let count, count < vector.activeCount else { return vector }
    let kept = vector.indices.indices.sorted {
      (abs(vector.values[$0]), $0) > (abs(vector.values[$1]), $1)
    }.prefix(count).sorted()
    return try SparseVector(
      dimension: dimension, indices: kept.map { vector.indices[$0] },
      values: kept.map { vector.values[$0] })
  }
}

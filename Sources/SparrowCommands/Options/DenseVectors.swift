import SparrowCore
import SparrowModelFiles
import SparrowModels

/// A dense encoder as one of vectors that have no zeros, so that it is measured like a sparse one.
struct DenseVectors: SparseEncoding {
  private let encoder: DenseEncoder

  init(_ encoder: DenseEncoder) { self.encoder = encoder }

  var dimension: Int { encoder.dimension }
  var similarity: SimilarityFunction { encoder.settings.similarity }

  func encode(_ texts: [String], role: TextRole, options: EncodingOptions) throws -> SparseMatrix {
    let vectors = try encoder.encode(texts, role: role, progress: options.progress)
    let rows = (0..<vectors.rowCount).map { SparseVector(dense: Array(vectors[$0])) }
    let matrix = try SparseMatrix(columnCount: dimension, rows: rows)
    return options.maxActiveDimensions.map(matrix.keepingLargest) ?? matrix
  }

  func term(_ index: TokenID) -> String? { nil }
}

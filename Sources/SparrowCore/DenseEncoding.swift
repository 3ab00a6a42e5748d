/// Anything that turns texts into dense vectors of one size.
///
/// Implementations check for task cancellation between batches and throw `CancellationError`.
public protocol DenseEncoding {
  /// The size of the vectors.
  var dimension: Int { get }
  /// How the vectors are meant to be compared.
  var similarity: SimilarityFunction { get }
  /// Encodes texts of the given role, nil for texts on neither side of retrieval; row `i` of the
  /// result belongs to `texts[i]`.
  func encode(_ texts: [String], role: TextRole?, progress: ProgressReporter?) throws -> DenseMatrix
}

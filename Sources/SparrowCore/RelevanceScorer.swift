/// Judges pairs of a query and a document, for example with a cross-encoder.
///
/// Reranks what a first stage of retrieval found, and teaches models by its scores.
public protocol RelevanceScorer {
  /// How well each document fits the query at the same place; higher is better.
  func scores(queries: [String], documents: [String], progress: ProgressReporter?) throws -> [Float]
}

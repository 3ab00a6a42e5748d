/// Judges pairs of a query and a document, for example with a cross-encoder.
///
/// It reranks what a first stage found, teaches in distillation, and judges hard negatives.
public protocol RelevanceScorer {
  /// How well each document fits the query at the same place; higher is better.
  ///
  /// - Parameters:
  ///   - queries: one for each pair; a query may stand there many times.
  ///   - documents: as many.
  ///   - progress: receives reports while pairs are scored.
  /// - Returns: one score for each pair.
  /// - Throws: whatever keeps the model from scoring.
  func scores(queries: [String], documents: [String], progress: ProgressReporter?) throws -> [Float]
}

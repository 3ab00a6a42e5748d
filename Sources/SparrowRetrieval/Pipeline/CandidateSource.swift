import SparrowCore
import SparrowIndex

/// What searches in a stage, whatever its vectors are.
protocol CandidateSource {
  /// The documents' vectors when they are sparse, nil when they are dense.
  var snapshot: IndexSnapshot? { get }
  /// The number of documents that can be found.
  var documentCount: Int { get }
  /// Encodes queries and finds the best documents of each.
  ///
  /// - Parameters:
  ///   - queries: what is looked for.
  ///   - options: how many documents, which, exact or approximate.
  ///   - threadCount: how many threads search; nil uses one a processor core.
  ///   - progress: receives reports while queries are encoded.
  /// - Returns: the candidates, and what it takes to explain them.
  /// - Throws: whatever encoder and index throw.
  func search(
    _ queries: [String], options: SearchOptions, threadCount: Int?, progress: ProgressReporter?
  ) throws -> SourceResult
  /// A document as the index keeps it, nil when it keeps no texts.
  func document(_ id: DocumentID) throws -> CollectionDocument?
}

/// What a stage made of some queries.
struct SourceResult {
  /// The queries as the stage has encoded them.
  let queries: [any EncodedQuery]
  /// The best documents of each, best first, of equal scores the lower identifier.
  let candidates: [[ScoredDocument]]
  /// What encoding took.
  let encodingTime: Duration
  /// What searching took.
  let searchTime: Duration
}

/// A query as one stage has encoded it.
protocol EncodedQuery {
  /// A document's score and the terms that make it, nil when the index does not have the document.
  func match(_ id: DocumentID) throws -> (score: Double, terms: [MatchingTerm])?
}

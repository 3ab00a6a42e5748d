import SparrowCore
import SparrowIndex

/// A sparse encoder, or BM25, over an inverted index.
struct SparseSource: CandidateSource {
  let encoder: any SparseEncoding
  let index: IndexSnapshot
  /// How queries are encoded.
  let options: EncodingOptions

  var snapshot: IndexSnapshot? { index }
  var documentCount: Int { index.documentCount }

  func search(
    _ queries: [String], options: SearchOptions, threadCount: Int?, progress: ProgressReporter?
  ) throws -> SourceResult {
    let clock = ContinuousClock()
    let start = clock.now
    var encoding = self.options
    encoding.progress = progress
    let rows = try encoder.encode(queries, role: .query, options: encoding)
    let vectors = queries.indices.map { rows[$0] }
    let middle = clock.now
    let candidates = try index.search(vectors, options: options, threadCount: threadCount)
    return SourceResult(
      queries: vectors.map { SparseQuery(vector: $0, source: self) }, candidates: candidates,
      encodingTime: middle - start, searchTime: clock.now - middle)
  }

  func document(_ id: DocumentID) throws -> CollectionDocument? {
    try CollectionIndex.document(id, in: index)
  }
}

/// A query's sparse vector.
private struct SparseQuery: EncodedQuery {
  let vector: SparseVector
  let source: SparseSource

  func match(_ id: DocumentID) throws -> (score: Double, terms: [MatchingTerm])? {
    guard source.index.contains(id) else { return nil }
    let explanation = try source.index.explain(vector, document: id)
    return (explanation.score, MatchingTerm.terms(of: explanation, namedBy: source.encoder))
  }
}

public import SparrowCore

/// A document that was found for a query.
public struct Candidate: Sendable, Hashable {
  /// The document's place in the list that was searched.
  public let document: Int
  /// How well it fits the query; higher is better.
  public let score: Float

  /// Makes a candidate.
  public init(document: Int, score: Float) {
    self.document = document
    self.score = score
  }
}

/// Finds the documents nearest to queries: what a miner of hard negatives needs.
///
/// ``EncoderSearch`` does it with any sparse encoder or BM25, ``DenseSearch`` with dense vectors.
public protocol CandidateSearch {
  /// Prepares a list of documents to be searched.
  func prepare(_ documents: [String], progress: ProgressReporter?) throws -> any PreparedSearch
}

/// Documents ready to be searched.
public protocol PreparedSearch {
  /// For each query the best documents, best first, at most `count`.
  func candidates(for queries: [String], count: Int, progress: ProgressReporter?) throws
    -> [[Candidate]]
  /// For each pair of a query and the place of a document how well they fit.
  func scores(of pairs: [(query: String, document: Int)]) throws -> [Float]
}

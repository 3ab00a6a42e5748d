public import SparrowCore

/// A document that a search found, and why: its way through every step of the pipeline.
public struct RetrievedDocument: Sendable, Hashable {
  /// The document's identifier.
  public let id: DocumentID
  /// Its place in the result, from 1; nil when it is not part of it.
  public let rank: Int?
  /// Its score in the result: the reranker's, or with a weight below 1 the weighted sum of both; else
  /// ``fusedScore``.
  ///
  /// Behind the documents that were reranked, scores fall by 1 from the lowest of theirs.
  public let score: Double
  /// What each stage made of it, in the order of the stages.
  public let stages: [StageFinding]
  /// Its place before reranking, from 1; nil when no stage handed it on.
  public let fusedRank: Int?
  /// The sum of what the stages contributed; of a single stage, its score.
  public let fusedScore: Double
  /// The reranker's score, nil when it did not read the document.
  public let rerankingScore: Double?
  /// The document with its texts, nil when they are not kept.
  public let document: Document?
  /// What else an index keeps of the document, such as a language or a year.
  public let members: JSONObject

  /// The terms that it shares with the query, largest part first, of the first stage that has any.
  public var terms: [MatchingTerm] { stages.lazy.map(\.terms).first { !$0.isEmpty } ?? [] }
}

/// What one stage made of a document.
public struct StageFinding: Sendable, Hashable {
  /// The stage's name.
  public let stage: String
  /// The document's place among the candidates that the stage handed on, from 1; nil when it is not
  /// one of them.
  public let rank: Int?
  /// The stage's score, whether or not it handed the document on; nil when its index does not have it.
  public let score: Double?
  /// What the stage added to the fused score.
  public let contribution: Double
  /// The terms that make the stage's score, largest part first; none in dense stages.
  public let terms: [MatchingTerm]
}

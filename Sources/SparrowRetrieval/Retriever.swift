public import SparrowCore
public import SparrowEvaluation
public import SparrowIndex

/// Finds documents for texts, and explains every hit.
///
/// A pipeline: one or several stages find candidates, a fusion joins them when there are several, and
/// a scorer may put the best of them in a new order. A model with its index is a pipeline of one
/// stage. Not `Sendable` because encoders are not: one task owns a retriever.
///
/// ```swift
/// let encoder = try SparseEncoder(folder: URL(fileURLWithPath: ".models/splade-tiny"))
/// let retriever = try Retriever(encoder: encoder, documents: [
///   Document(id: "1", text: "The router drops the wireless connection."),
///   Document(id: "2", text: "Bread needs flour, water and time."),
/// ])
/// let hits = try retriever.search("wifi problems", count: 5)
/// print(hits[0].id, hits[0].terms.map(\.term))
/// ```
///
/// A hybrid of two stages:
///
/// ```swift
/// let hybrid = try Retriever(
///   stages: [
///     CandidateStage(encoder: splade, documents: documents),
///     CandidateStage(encoder: miniLM, documents: documents),
///   ],
///   fusion: .weightedSum(WeightedSumFusion(weights: [0.6, 0.4])), documents: documents)
/// for finding in try hybrid.search("wifi problems")[0].stages {
///   print(finding.stage, finding.rank ?? 0, finding.contribution)
/// }
/// ```
public struct Retriever {
  /// What finds candidates.
  public let stages: [CandidateStage]
  /// How the candidates of several stages become one list.
  public let fusion: Fusion
  /// What puts the best of them in a new order, nil when nothing does.
  public let reranking: Reranking?
  /// The texts of documents, where no index keeps them.
  private let documents: [DocumentID: Document]

  /// Makes a pipeline.
  ///
  /// - Parameters:
  ///   - stages: what finds candidates, at least one, each with a name of its own.
  ///   - fusion: how several stages are joined; by reciprocal ranks by default.
  ///   - reranking: the last step; none by default.
  ///   - documents: the texts, for results and reranking; those of an index that keeps texts may be
  ///     left out.
  /// - Throws: ``RetrievalError`` when there is no stage, two have one name, or the fusion does not
  ///   fit them.
  public init(
    stages: [CandidateStage], fusion: Fusion = .reciprocalRank(), reranking: Reranking? = nil,
    documents: [Document] = []
  ) throws(RetrievalError) {
    let names = stages.map(\.name)
    guard !names.isEmpty, Set(names).count == names.count else {
      throw RetrievalError(
        .usage,
        "A retriever needs a stage or more, each with a name of its own; found \(names.isEmpty ? "none" : names.map { "'\($0)'" }.joined(separator: ", "))."
      )
    }
    if stages.count > 1 {
      do throws(CoreError) {
        _ = try fusion.fuse(stages.map { _ in [] }, count: 0)
      } catch {
        throw RetrievalError(error)
      }
    }
    self.stages = stages
    self.fusion = fusion
    self.reranking = reranking
    self.documents = Dictionary(
      documents.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Joins a sparse encoder and an index of vectors that it made: a pipeline of one stage.
  ///
  /// - Parameters:
  ///   - encoder: turns queries into vectors.
  ///   - snapshot: the documents' vectors, in memory or on disk.
  ///   - documents: their texts, for results; may be left out.
  ///   - options: how queries are encoded.
  /// - Throws: ``RetrievalError`` when the dimensions differ.
  public init(
    encoder: any SparseEncoding, snapshot: IndexSnapshot, documents: [Document] = [],
    options: EncodingOptions = EncodingOptions()
  ) throws(RetrievalError) {
    try self.init(
      stages: [CandidateStage(encoder: encoder, snapshot: snapshot, options: options)],
      documents: documents)
  }

  /// Encodes documents and makes an index of them in memory: a pipeline of one stage.
  ///
  /// - Parameters:
  ///   - encoder: turns texts into vectors.
  ///   - documents: what can be found; each is encoded as title, a space, text.
  ///   - options: how documents and queries are encoded.
  /// - Throws: whatever the encoder throws; `IndexError` when an identifier repeats;
  ///   `CancellationError` when the task was cancelled.
  public init(
    encoder: any SparseEncoding, documents: [Document],
    options: EncodingOptions = EncodingOptions()
  ) throws {
    try self.init(
      stages: [CandidateStage(encoder: encoder, documents: documents, options: options)],
      documents: documents)
  }

  /// How many documents can be found, by the stage that has most.
  public var documentCount: Int { stages.map(\.source.documentCount).max() ?? 0 }

  /// The documents that fit a text best, each with its way through the pipeline.
  ///
  /// A longer result begins with a shorter one.
  ///
  /// - Parameters:
  ///   - query: what is looked for.
  ///   - count: how many documents to return at most, 0 or more.
  /// - Returns: documents, best first, of equal scores the lower identifier. Sparse stages hand on
  ///   documents that share a term with the query, dense ones any.
  /// - Throws: whatever encoders and reranker throw; ``RetrievalError`` when `count` is negative or a
  ///   text to be reranked is missing; `IndexError` when a file of an index is damaged.
  public func search(_ query: String, count: Int = 10) throws -> [RetrievedDocument] {
    try search(query, options: SearchOptions(count: count))
  }

  /// The documents that fit a text best among those that pass a filter, found exactly or not.
  ///
  /// - Parameters:
  ///   - query: what is looked for.
  ///   - options: how many documents to return at most, which, and how sparse stages search.
  /// - Returns: as ``search(_:count:)``.
  /// - Throws: as ``search(_:count:)``; ``RetrievalError`` when a dense stage is to filter.
  public func search(_ query: String, options: SearchOptions) throws -> [RetrievedDocument] {
    try timedSearch(query, options: options).documents
  }

  /// The same, and how long each step took.
  package func timedSearch(
    _ query: String, options: SearchOptions
  ) throws -> (documents: [RetrievedDocument], times: RetrievalTimes) {
    let batch = try batch([query], options)
    let pass = batch.passes[0]
    let places = PassPlaces(pass, of: stages)
    let documents = try pass.ranking.prefix(options.count).enumerated().map { position, hit in
      try retrieved(hit.id, from: pass, places, position: position)
    }
    return (documents, batch.times)
  }

  /// The best documents of many queries.
  ///
  /// - Throws: as ``search(_:count:)``; `EvaluationError` when a query's identifier repeats;
  ///   `CancellationError` when the task was cancelled.
  public func run(_ queries: [Query], count: Int) throws -> RetrievalRun {
    try timedRun(queries, options: SearchOptions(count: count)).run
  }

  /// The same with all options of a search, and how long each step took.
  package func timedRun(
    _ queries: [Query], options: SearchOptions, threadCount: Int? = nil,
    progress: ProgressReporter? = nil
  ) throws -> (run: RetrievalRun, times: RetrievalTimes) {
    let batch = try batch(
      queries.map(\.text), options, threadCount: threadCount, progress: progress)
    var run = RetrievalRun()
    for (query, pass) in zip(queries, batch.passes) {
      try run.append(query.id, Array(pass.ranking.prefix(options.count)))
    }
    return (run, batch.times)
  }

  /// What every step of the pipeline makes of a document for a text, whether it finds it or not.
  ///
  /// A document that no stage hands on has the fused score 0, or with a single stage the score that
  /// it has there.
  ///
  /// - Throws: whatever encoders and reranker throw; ``RetrievalError`` when no stage has the document;
  ///   `IndexError` when a file of an index is damaged.
  public func explain(_ query: String, document id: DocumentID) throws -> RetrievedDocument {
    let options = SearchOptions(count: stages.map(\.depth).max() ?? 0)
    let pass = try batch([query], options).passes[0]
    return try retrieved(
      id, from: pass, PassPlaces(pass, of: stages),
      position: pass.ranking.firstIndex { $0.id == id })
  }

  /// Sends queries through the pipeline.
  func batch(
    _ queries: [String], _ options: SearchOptions, threadCount: Int? = nil,
    progress: ProgressReporter? = nil
  ) throws -> RetrievalBatch {
    guard options.count >= 0 else {
      throw RetrievalError(
        .usage, "A search returns 0 documents or more; found a count of \(options.count).")
    }
    return try RetrievalBatch(
      queries, through: self, options: options, threadCount: threadCount, progress: progress)
  }

  /// What the stages found as one list.
  func fused(_ candidates: [[ScoredDocument]]) throws -> [FusedDocument] {
    guard stages.count > 1 else {
      return candidates[0].map { FusedDocument(id: $0.id, contributions: [$0.score]) }
    }
    return try fusion.fuse(
      zip(candidates, stages).map { Array($0.prefix($1.depth)) }, count: .max)
  }

  /// What a reranker reads of a document.
  func text(of id: DocumentID) throws -> String {
    guard let document = try document(id)?.document else {
      throw RetrievalError(
        .usage,
        "Reranking reads texts, and there is none of document '\(id)'. Give the retriever its documents."
      )
    }
    return document.content
  }

  private func document(_ id: DocumentID) throws -> CollectionDocument? {
    if let document = documents[id] { return CollectionDocument(document) }
    for stage in stages {
      if let document = try stage.source.document(id) { return document }
    }
    return nil
  }

  private func retrieved(
    _ id: DocumentID, from pass: RetrievalPass, _ places: PassPlaces, position: Int?
  ) throws -> RetrievedDocument {
    let matches = try pass.queries.map { try $0.match(id) }
    guard matches.contains(where: { $0 != nil }) else {
      throw RetrievalError(.missing, "There is no document '\(id)' in any index of the retriever.")
    }
    let fusedPosition = places.fused[id]
    let fused = fusedPosition.map { pass.fused[$0] }
    let findings = stages.indices.map { number in
      let ownScore = stages.count == 1 ? matches[number]?.score : nil
      return StageFinding(
        stage: stages[number].name, rank: places.candidates[number][id].map { $0 + 1 },
        score: matches[number]?.score,
        contribution: fused?.contributions[number] ?? ownScore ?? 0,
        terms: matches[number]?.terms ?? [])
    }
    let fusedScore = findings.reduce(0) { $0 + $1.contribution }
    let score = position.map { pass.ranking[$0].score } ?? fusedScore
    let kept = try document(id)
    return RetrievedDocument(
      id: id, rank: position.map { $0 + 1 }, score: score, stages: findings,
      fusedRank: fusedPosition.map { $0 + 1 }, fusedScore: fusedScore,
      rerankingScore: pass.rerankingScores[id], document: kept?.document,
      members: kept?.members ?? JSONObject())
  }
}

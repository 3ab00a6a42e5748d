import SparrowCore
import SparrowIndex

/// One query on its way through a pipeline: what each step made of it.
struct RetrievalPass {
  /// The query as each stage has encoded it.
  let queries: [any EncodedQuery]
  /// What each stage found, best first, at least as many as it hands on if there are so many.
  let candidates: [[ScoredDocument]]
  /// All candidates together, best first.
  let fused: [FusedDocument]
  /// The result, best first.
  let ranking: [ScoredDocument]
  /// The reranker's scores of those documents that it read.
  let rerankingScores: [DocumentID: Double]
}

/// Where documents stand in the lists of a pass.
struct PassPlaces {
  /// The positions of the candidates that each stage handed on.
  let candidates: [[DocumentID: Int]]
  /// The positions in the fused list.
  let fused: [DocumentID: Int]

  init(_ pass: RetrievalPass, of stages: [CandidateStage]) {
    let depths = stages.count == 1 ? [Int.max] : stages.map(\.depth)
    candidates = zip(pass.candidates, depths).map { Self.positions($0.prefix($1).map(\.id)) }
    fused = Self.positions(pass.fused.map(\.id))
  }

  private static func positions(_ ids: [DocumentID]) -> [DocumentID: Int] {
    Dictionary(uniqueKeysWithValues: zip(ids, ids.indices))
  }
}

/// Some queries on their way through a pipeline together, and how long each step took.
struct RetrievalBatch {
  /// The queries in order.
  private(set) var passes: [RetrievalPass] = []
  /// What each step took for all of them.
  private(set) var times = RetrievalTimes()

  /// Sends queries through a pipeline.
  ///
  /// - Parameters:
  ///   - texts: what is looked for.
  ///   - retriever: the pipeline.
  ///   - options: how stages search; each is asked for at least its count of documents.
  ///   - threadCount: how many threads search; nil uses one a processor core.
  ///   - progress: receives reports while queries are encoded.
  /// - Throws: whatever stages, fusion and reranker throw.
  init(
    _ texts: [String], through retriever: Retriever, options: SearchOptions,
    threadCount: Int? = nil, progress: ProgressReporter? = nil
  ) throws {
    let isAlone = retriever.stages.count == 1
    let results = try retriever.stages.map { stage in
      var options = options
      options.count = max(
        options.count, isAlone ? retriever.reranking?.depth ?? 0 : stage.depth)
      return try stage.source.search(
        texts, options: options, threadCount: threadCount, progress: progress)
    }
    times.encoding = results.map(\.encodingTime)
    times.search = results.map(\.searchTime)
    let clock = ContinuousClock()
    for (number, text) in texts.enumerated() {
      try Task.checkCancellation()
      let candidates = results.map { $0.candidates[number] }
      let start = clock.now
      let fused = try retriever.fused(candidates)
      let middle = clock.now
      var list = RerankedList(ranking: fused.map(\.scored), scores: [:])
      if let reranking = retriever.reranking {
        list = try reranking.rerank(list.ranking, for: text) { try retriever.text(of: $0) }
        times.reranking += clock.now - middle
      }
      times.fusion += middle - start
      passes.append(
        RetrievalPass(
          queries: results.map { $0.queries[number] }, candidates: candidates, fused: fused,
          ranking: list.ranking, rerankingScores: list.scores))
    }
  }
}

import SparrowCore
import SparrowEvaluation
import SparrowIndex
import SparrowRetrieval
import SparrowTestSupport
import Testing

@Suite struct PipelineTests {
  private let documents = [
    Document(id: "a", text: "3 cat cat mouse"), Document(id: "b", text: "1 cat house"),
    Document(id: "c", text: "2 dog house"), Document(id: "d", text: "4 bird"),
  ]
  private var dense: DenseTable {
    DenseTable(vectors: [
      "3 cat cat mouse": [0, 1], "1 cat house": [1, 0], "2 dog house": [2, 0], "4 bird": [0, 3],
      "cat": [1, 0.5],
    ])
  }

  private func stages(sparseDepth: Int = 100, denseDepth: Int = 100) throws -> [CandidateStage] {
    [
      try CandidateStage(
        encoder: BM25Encoder(fitting: documents.map(\.content)), documents: documents,
        depth: sparseDepth),
      try CandidateStage(encoder: dense, documents: documents, depth: denseDepth),
    ]
  }

  private func hybrid(
    _ fusion: Fusion = .reciprocalRank(), reranking: Reranking? = nil, sparseDepth: Int = 100,
    denseDepth: Int = 100
  ) throws -> Retriever {
    try Retriever(
      stages: stages(sparseDepth: sparseDepth, denseDepth: denseDepth), fusion: fusion,
      reranking: reranking, documents: documents)
  }

  @Test func `reciprocal ranks are added over the stages that found a document`() throws {
    // Sparse finds a, b; dense finds c (2), d (1.5), b (1), a (0.5).
    let hits = try hybrid().search("cat")
    #expect(hits.map(\.id) == ["a", "b", "c", "d"])
    func earnings(_ ranks: Int...) -> Double { ranks.reduce(0) { $0 + 1 / Double(60 + $1) } }
    let expected = [earnings(1, 4), earnings(2, 3), earnings(1), earnings(2)]
    let difference = compare(hits.map(\.score), with: expected, absolute: 1e-15)
    #expect(difference.isWithinTolerance, "\(difference)")
    #expect(hits[0].stages.map(\.rank) == [1, 4])
    #expect(hits[2].stages.map(\.rank) == [nil, 1])
    #expect(hits[2].stages.map(\.contribution) == [0, 1 / 61.0])
    #expect(hits.map(\.rank) == [1, 2, 3, 4])
    #expect(hits[0].document == documents[0])
  }

  @Test func `weights go by the order of stages`() throws {
    let fusion = ReciprocalRankFusion(rankConstant: 0, weights: [1, 10])
    let hits = try hybrid(.reciprocalRank(fusion)).search("cat", count: 2)
    #expect(hits.map(\.id) == ["c", "d"])
    #expect(hits.map(\.score) == [10, 5])
  }

  @Test func `a weighted sum of normalized scores is what it is by hand`() throws {
    let fusion = WeightedSumFusion(normalization: .minMax, weights: [2, 1])
    let hits = try hybrid(.weightedSum(fusion)).search("cat")
    // Sparse: a 1, b 0. Dense: c 1, d (1.5 - 0.5) / 1.5, b 0.5 / 1.5, a 0.
    #expect(hits.map(\.id) == ["a", "c", "d", "b"])
    let difference = compare(
      hits.map(\.score), with: [2, 1, 2 / 3.0, 1 / 3.0], absolute: 1e-12)
    #expect(difference.isWithinTolerance, "\(difference)")
  }

  private static let fusions: [Fusion] =
    [.reciprocalRank(), .reciprocalRank(ReciprocalRankFusion(weights: [0.3, 2]))]
    + ScoreNormalization.allCases.map {
      .weightedSum(WeightedSumFusion(normalization: $0, weights: [0.7, 1.3]))
    }

  @Test(arguments: fusions)
  func `contributions sum to the score and equal a fusion of separate searches`(
    _ fusion: Fusion
  ) throws {
    let stages = try stages(denseDepth: 3)
    let hits = try hybrid(fusion, denseDepth: 3).search("cat")
    let lists = try stages.map { stage in
      try Retriever(stages: [stage], documents: documents).search("cat", count: stage.depth)
        .map { ScoredDocument(id: $0.id, score: $0.score) }
    }
    #expect(lists[1].count == 3)
    let fused = try fusion.fuse(lists, count: 10)
    #expect(hits.map(\.id) == fused.map(\.id))
    #expect(hits.map(\.score) == fused.map(\.score))
    for hit in hits {
      #expect(hit.stages.reduce(0) { $0 + $1.contribution } == hit.fusedScore)
      #expect(hit.fusedScore == hit.score)
      #expect(hit == (try hybrid(fusion, denseDepth: 3).explain("cat", document: hit.id)))
    }
  }

  @Test func `a stage explains what it has, also beyond its depth`() throws {
    let hits = try hybrid(denseDepth: 1).search("cat")
    let hit = try #require(hits.first { $0.id == "a" })
    #expect(hit.stages[0].terms.map(\.term) == ["cat"])
    #expect(hit.terms == hit.stages[0].terms)
    #expect(hit.stages[1].rank == nil)
    #expect(hit.stages[1].score == 0.5)
    #expect(hit.stages[1].contribution == 0)
    #expect(hits.map(\.id) == ["a", "c", "b"])
    let left = try hybrid(denseDepth: 1).explain("cat", document: "d")
    #expect(left.rank == nil && left.fusedRank == nil && left.score == 0)
    #expect(left.stages.map(\.score) == [0, 1.5])
  }

  @Test func `a stage may find nothing, and a query may have no term`() throws {
    let hits = try hybrid().search("xylophone")
    #expect(hits.map(\.stages[0].rank) == [nil, nil, nil, nil])
    // Zeros compare as 0 with everything: equal scores go by identifier.
    #expect(hits.map(\.id) == ["a", "b", "c", "d"])
    let sparse = try Retriever(
      stages: [stages()[0]], reranking: Reranking(scorer: LeadingNumber()), documents: documents)
    #expect(try sparse.search("xylophone").isEmpty)
    #expect(try sparse.search("").isEmpty)
  }

  @Test func `equal scores are settled by identifier in every step`() throws {
    let twins = ["z", "y", "x"].map { Document(id: DocumentID($0), text: "1 cat") }
    let retriever = try Retriever(
      stages: [
        CandidateStage(encoder: BM25Encoder(fitting: ["1 cat", "dog"]), documents: twins),
        CandidateStage(encoder: DenseTable(vectors: ["cat": [1, 1]]), documents: twins),
      ], fusion: .weightedSum(), reranking: Reranking(scorer: LeadingNumber()), documents: twins)
    let hits = try retriever.search("cat")
    #expect(hits.map(\.id) == ["x", "y", "z"])
    #expect(hits.map(\.fusedRank) == [1, 2, 3])
  }

  @Test func `cosine divides by the lengths of both vectors`() throws {
    let stage = try CandidateStage(
      encoder: dense, documents: documents, storage: .float32, similarity: .cosine)
    let hits = try Retriever(stages: [stage]).search("cat")
    #expect(hits.map(\.id) == ["b", "c", "a", "d"])
    let length = 1.25.squareRoot()
    let difference = compare(
      hits.map(\.score), with: [1, 1, 0.5, 0.5].map { $0 / length }, absolute: 1e-6)
    #expect(difference.isWithinTolerance, "\(difference)")
    #expect(hits[0].terms.isEmpty)
  }

  @Test(arguments: DensePrecision.allCases)
  func `dense stages rank alike at every precision`(_ storage: DensePrecision) throws {
    let stage = try CandidateStage(encoder: dense, documents: documents, storage: storage)
    let hits = try Retriever(stages: [stage]).search("cat", count: 4)
    #expect(hits.map(\.id) == ["c", "d", "b", "a"])
    #expect(hits.map(\.score) == hits.map { $0.stages[0].score })
  }

  @Test func `reranking orders the best and lets the rest follow`() throws {
    let retriever = try hybrid(reranking: Reranking(scorer: LeadingNumber(), depth: 3))
    let hits = try retriever.search("cat")
    // Fused: a, b, c, d; read are a (3), b (1), c (2).
    #expect(hits.map(\.id) == ["a", "c", "b", "d"])
    #expect(hits.map(\.score) == [3, 2, 1, 0])
    #expect(hits.map(\.rerankingScore) == [3, 2, 1, nil])
    #expect(hits.map(\.fusedRank) == [1, 3, 2, 4])
    #expect(hits.map(\.rank) == [1, 2, 3, 4])
    let run = try retriever.run([Query(id: "q", text: "cat")], count: 4)
    #expect(run["q"].map(\.id) == hits.map(\.id))
  }

  @Test func `a weight below 1 keeps part of the scores before reranking`() throws {
    let before = try hybrid().search("cat").prefix(3)
    let judged = try hybrid(reranking: Reranking(scorer: LeadingNumber(), depth: 3)).search("cat")
    let scores = Dictionary(uniqueKeysWithValues: judged.map { ($0.id, $0.rerankingScore) })
    func standardised(_ values: [Double]) -> [Double] {
      let mean = values.reduce(0, +) / Double(values.count)
      let squares = values.map { ($0 - mean) * ($0 - mean) }
      let deviation = (squares.reduce(0, +) / Double(values.count)).squareRoot()
      return values.map { ($0 - mean) / deviation }
    }
    for weight in [0.1, 0.5, 0.9] {
      let reranking = try Reranking(scorer: LeadingNumber(), depth: 3, weight: weight)
      let hits = try hybrid(reranking: reranking).search("cat")
      let parts = zip(
        standardised(before.map { scores[$0.id]! ?? .nan }),
        standardised(before.map(\.fusedScore)))
      let expected = zip(before.map(\.id), parts.map { weight * $0 + (1 - weight) * $1 })
        .sorted { $0.1 > $1.1 }
      #expect(hits.prefix(3).map(\.id) == expected.map(\.0))
      let difference = compare(
        hits.prefix(3).map(\.score), with: expected.map(\.1), absolute: 1e-12)
      #expect(difference.isWithinTolerance, "\(difference)")
      #expect(hits.map(\.rerankingScore) == hits.map { scores[$0.id] ?? nil })
      #expect(hits[3].id == "d" && hits[3].score == hits[2].score - 1)
    }
  }

  @Test func `a longer result begins with a shorter one`() throws {
    for reranking in [
      nil, try Reranking(scorer: LeadingNumber(), depth: 2),
      try Reranking(scorer: LeadingNumber(), depth: 3, weight: 0.4),
    ] {
      let retrievers = [
        try hybrid(reranking: reranking, sparseDepth: 1, denseDepth: 2),
        try Retriever(stages: [stages()[1]], reranking: reranking, documents: documents),
      ]
      for retriever in retrievers {
        let all = try retriever.search("cat", count: 4)
        for count in 0..<4 {
          #expect(try retriever.search("cat", count: count) == Array(all.prefix(count)))
        }
      }
    }
  }

  @Test func `what does not fit together is refused`() throws {
    let stages = try stages()
    #expect(throws: RetrievalError.self) { try Retriever(stages: []) }
    #expect(throws: RetrievalError.self) { try Retriever(stages: [stages[0], stages[0]]) }
    #expect(throws: RetrievalError.self) {
      try Retriever(
        stages: stages, fusion: .reciprocalRank(ReciprocalRankFusion(weights: [1])))
    }
    #expect(throws: RetrievalError.self) {
      try CandidateStage(encoder: dense, documents: documents, depth: 0)
    }
    #expect(throws: RetrievalError.self) {
      try CandidateStage(encoder: dense, documents: documents, similarity: .euclidean)
    }
    #expect(throws: RetrievalError.self) { try Reranking(scorer: LeadingNumber(), depth: 0) }
    for weight in [0, -0.5, 1.5, .nan] {
      #expect(throws: RetrievalError.self) {
        try Reranking(scorer: LeadingNumber(), weight: weight)
      }
    }
    #expect(throws: RetrievalError.self) { try hybrid().search("cat", count: -1) }
    #expect(throws: RetrievalError.self) { try hybrid().explain("cat", document: "nobody") }
    #expect(throws: RetrievalError.self) {
      try hybrid().search("cat", options: SearchOptions(filter: .exists("year")))
    }
    let forgetful = try hybrid(reranking: Reranking(scorer: ForgetfulScorer()))
    #expect(throws: RetrievalError.self) { try forgetful.search("cat") }
    let textless = try Retriever(
      stages: stages, reranking: Reranking(scorer: LeadingNumber()))
    let error = #expect(throws: RetrievalError.self) { try textless.search("cat") }
    #expect(error?.message.contains("Give the retriever its documents") == true)
  }

  @Test func `an evaluation measures every step and tests it against its parts`() throws {
    let retriever = try hybrid(reranking: Reranking(scorer: LeadingNumber(), depth: 4))
    let queries = [Query(id: "q1", text: "cat"), Query(id: "q2", text: "house")]
    var qrels = Qrels()
    qrels["q1", "a"] = 1
    qrels["q2", "c"] = 1
    let baseline = try Retriever(
      stages: [
        CandidateStage(
          name: "BM25", encoder: BM25Encoder(fitting: documents.map(\.content)),
          documents: documents)
      ])
    let evaluation = try RetrieverEvaluation(
      of: retriever, baseline: baseline, queries: queries, qrels: qrels)
    let rows = evaluation.rows
    #expect(rows.map(\.name) == ["BM25", "sparse", "dense", "fusion", "fusion + rerank"])
    #expect(rows.map(\.comparison?.part) == [nil, nil, nil, "sparse", "fusion"])
    #expect(rows[0].nDCG == rows[1].nDCG)
    for (row, ending) in zip(rows.dropFirst(3), [nil, retriever.reranking]) {
      let same = try hybrid(reranking: ending)
      #expect(row.run == (try same.run(queries, count: RetrieverEvaluation.depth)))
      let metric = try RetrievalMetric(.nDCG, at: 10)
      #expect(row.nDCG == metric.mean(of: row.run, judgedBy: qrels))
    }
    #expect(rows[3].duration > rows[1].duration)
    #expect(rows.allSatisfy { $0.recall <= 1 && $0.run.queryCount == 2 })
  }

  @Test func `a single stage has neither fusion nor test`() throws {
    var qrels = Qrels()
    qrels["q1", "a"] = 1
    let evaluation = try RetrieverEvaluation(
      of: Retriever(stages: [stages()[0]], documents: documents),
      queries: [Query(id: "q1", text: "cat")], qrels: qrels)
    #expect(evaluation.rows.map(\.name) == ["sparse"])
    #expect(evaluation.rows[0].nDCG == 1)
  }
}

import SparrowCore
import SparrowEvaluation
import SparrowIndex
import SparrowTestSupport
import SparrowTraining
import Testing

@Suite struct FusedRetrievalEvaluatorTests {
  /// Ranks the same documents for every query.
  private struct FixedSearch: CandidateSearch, PreparedSearch {
    let order: [Int]

    func prepare(
      _ documents: [String], progress: ProgressReporter?
    ) throws -> any PreparedSearch { self }

    func candidates(
      for queries: [String], count: Int, progress: ProgressReporter?
    ) throws -> [[Candidate]] {
      queries.map { _ in
        order.prefix(count).enumerated().map {
          Candidate(document: $1, score: -Float($0))
        }
      }
    }

    func scores(of pairs: [(query: String, document: Int)]) throws -> [Float] {
      pairs.map { pair in -Float(order.firstIndex(of: pair.document) ?? order.count) }
    }
  }

  private static let documents = ["apple tree", "apple pie", "stone wall", "river bank"]
    .enumerated().map { Document(id: DocumentID("d\($0)"), text: $1) }

  private func retrieval(_ relevant: String) throws -> InformationRetrievalEvaluator {
    try InformationRetrievalEvaluator(
      queries: [Query(id: "q", text: "apple pie")], corpus: Self.documents,
      relevantDocuments: ["q": [DocumentID(relevant)]])
  }

  private func encoder() throws -> BM25Encoder {
    try BM25Encoder(fitting: Self.documents.map(\.content))
  }

  @Test func `fuses by reciprocal ranks`() throws {
    // BM25 ranks d1, d0, then d2, d3 by identifier; the partner d3, d2, d1, d0. With a constant of 0
    // d1 has 1 + 1/3, d3 1/4 + 1, d2 1/3 + 1/2, d0 1/2 + 1/4.
    for (relevant, sparseRank, denseRank, fusedRank) in [
      ("d1", 1, 3, 1), ("d3", 4, 1, 2), ("d2", 3, 2, 3), ("d0", 2, 4, 4),
    ] {
      let evaluator = try FusedRetrievalEvaluator(
        retrieval(relevant), partner: FixedSearch(order: [3, 2, 1, 0]), rankConstant: 0, name: "x")
      let result = try evaluator.evaluate(encoder())
      #expect(result.primaryKey == "x_ndcg@10")
      for (key, rank) in [
        ("x_sparse_mrr@10", sparseRank), ("x_dense_mrr@10", denseRank), ("x_mrr@10", fusedRank),
      ] {
        #expect(abs((result[key] ?? 0) - 1 / Double(rank)) < 1e-12, "\(relevant) \(key)")
      }
    }
  }

  @Test func `a partner equal to the model changes nothing`() throws {
    let result = try FusedRetrievalEvaluator(retrieval("d0"), partner: BM25Search())
      .evaluate(encoder())
    #expect(result["mrr@10"] == 0.5)
    #expect(result["dense_ndcg@10"] == result["ndcg@10"])
    #expect(result["sparse_ndcg@10"] == result["ndcg@10"])
  }

  @Test func `documents below the depth count as not found`() throws {
    let evaluator = try FusedRetrievalEvaluator(
      retrieval("d3"), partner: FixedSearch(order: [0, 1, 2, 3]), depth: 2)
    #expect(try evaluator.evaluate(encoder())["ndcg@10"] == 0)
  }
}

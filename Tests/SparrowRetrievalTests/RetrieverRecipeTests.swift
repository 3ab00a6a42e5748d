import Foundation
import SparrowCore
import SparrowIndex
import SparrowModels
import SparrowRetrieval
import SparrowTestSupport
import Testing

@Suite struct RetrieverRecipeTests {
  private func recipe(_ text: String) throws -> RetrieverRecipe {
    try RetrieverRecipe(#require(JSONValue(parsing: Array(text.utf8)).object))
  }

  @Test func `every key is read`() throws {
    let recipe = try recipe(
      """
      {"stages": {
         "words": {"type": "bm25", "k1": 1.2, "b": 0.75, "variant": "atire", "stemming": false,
                   "stop_words": false, "depth": 20},
         "terms": {"type": "sparse", "model": "m1", "max_length": 64, "max_active": 30,
                   "precision": "bf16"},
         "vectors": {"type": "dense", "model": "m2", "storage": "int8", "similarity": "dot"}},
       "fusion": {"method": "weighted_sum", "normalization": "z_score",
                  "weights": {"terms": 0.5, "vectors": 2}},
       "rerank": {"model": "m3", "depth": 7, "weight": 0.25, "max_length": 128}}
      """)
    #expect(recipe.stages.map(\.name) == ["words", "terms", "vectors"])
    #expect(recipe.stages.map(\.depth) == [20, 100, 100])
    #expect(recipe.hasBM25)
    #expect(
      recipe.stages[0].search
        == .bm25(
          BM25Configuration(
            variant: .atire, saturation: 1.2, lengthNormalization: 0.75,
            analyzer: Analyzer(stopWords: .none, stemming: .none))))
    guard case .sparse(let terms) = recipe.stages[1].search,
      case .dense(let vectors, .int8, .dot) = recipe.stages[2].search
    else {
      Issue.record("\(recipe.stages)")
      return
    }
    #expect(terms.path == "m1" && terms.maximumLength == 64 && terms.maximumActive == 30)
    #expect(terms.precision == .bfloat16)
    #expect(vectors.path == "m2" && vectors.precision == .float32)
    #expect(
      recipe.fusion
        == .weightedSum(WeightedSumFusion(normalization: .zScore, weights: [1, 0.5, 2])))
    #expect(recipe.rerank?.model.path == "m3" && recipe.rerank?.depth == 7)
    #expect(recipe.rerank?.weight == 0.25)
  }

  @Test func `defaults are the papers'`() throws {
    let recipe = try recipe(
      #"{"stages": {"a": {"type": "bm25"}, "b": {"type": "dense", "model": "m"}}}"#)
    #expect(recipe.fusion == .reciprocalRank())
    #expect(recipe.rerank == nil)
    #expect(recipe.stages[0].search == .bm25(BM25Configuration()))
  }

  @Test(arguments: [
    ("{}", "'stages'"),
    (#"{"stages": {}}"#, "'stages'"),
    (#"{"stage": {}, "stages": {"a": {"type": "bm25"}}}"#, "no key 'stage'; "),
    (#"{"stages": {"a": {"model": "m"}}}"#, "'stages.a.type'"),
    (#"{"stages": {"a": {"type": "bm52"}}}"#, "'bm25', 'sparse', 'dense'; found \"bm52\""),
    (#"{"stages": {"a": {"type": "sparse"}}}"#, "'stages.a.model'"),
    (#"{"stages": {"a": {"type": "bm25", "deph": 3}}}"#, "Did you mean 'depth'?"),
    (#"{"stages": {"a": {"type": "bm25", "depth": 0}}}"#, "'stages.a.depth'"),
    (#"{"stages": {"a": {"type": "bm25", "b": 2}}}"#, "'stages.a.b'"),
    (#"{"stages": {"a": {"type": "dense", "model": "m", "max_active": 3}}}"#, "'max_active'"),
    (
      #"{"stages": {"a": {"type": "dense", "model": "m", "similarity": "euclidean"}}}"#,
      "'dot' or 'cosine'"
    ),
    (#"{"stages": {"a": {"type": "bm25"}}, "fusion": {"method": "rrf"}}"#, "only 'a'"),
    (
      #"{"stages": {"a": {"type": "bm25"}, "b": {"type": "bm25"}}, "fusion": {"weights": {"bb": 1}}}"#,
      "Did you mean 'b'?"
    ),
    (
      #"{"stages": {"a": {"type": "bm25"}, "b": {"type": "bm25"}}, "fusion": {"method": "rrf", "normalization": "min_max"}}"#,
      "no key 'normalization'"
    ),
    (
      #"{"stages": {"a": {"type": "bm25"}, "b": {"type": "bm25"}}, "fusion": {"weights": {"a": -1}}}"#,
      "'fusion.weights.a'"
    ),
    (#"{"stages": {"a": {"type": "bm25"}}, "rerank": {"depth": 3}}"#, "'rerank.model'"),
    (
      #"{"stages": {"a": {"type": "bm25"}}, "rerank": {"model": "m", "weight": 0}}"#,
      "'rerank.weight'"
    ),
  ])
  func `wrong keys are named`(text: String, part: String) throws {
    do {
      _ = try recipe(text)
      Issue.record("\(text) was taken")
    } catch let error as RetrievalError {
      #expect(error.category == .usage)
      #expect(error.message.contains(part), "\(error.message)")
    }
  }

  @Test func `a recipe becomes a pipeline that searches`() throws {
    let documents = ["w5 w6", "w7 w8 w9", "w10 w11", "w12 w5"].enumerated().map {
      Document(id: DocumentID("d\($0)"), text: $1)
    }
    try Fixtures.withFamilyModel("bert") { dense in
      try Fixtures.withFamilyModel("bert-classifier") { scorer in
        let recipe = try RetrieverRecipe(
          JSONObject([
            (
              "stages",
              [
                "words": ["type": "bm25", "stop_words": false],
                "vectors": ["type": "dense", "model": .string(dense.path), "storage": "float16"],
              ]
            ), ("rerank", ["model": .string(scorer.path), "depth": 2]),
          ]))
        let retriever = try recipe.makeRetriever(documents: documents)
        #expect(retriever.stages.map(\.name) == ["words", "vectors"])
        #expect(retriever.documentCount == 4)
        let hits = try retriever.search("w5 w6")
        #expect(hits.count == 4)
        #expect(hits.prefix(2).allSatisfy { $0.rerankingScore != nil })
        #expect(hits.dropFirst(2).allSatisfy { $0.rerankingScore == nil })
        let first = try retriever.explain("w5 w6", document: "d0")
        #expect(first.stages[0].terms.count == 2)
        #expect(abs((first.stages[1].score ?? 0) - 1) < 1e-3)
      }
    }
  }

  @Test func `a model that is not there is named before anything is encoded`() throws {
    let recipe = try recipe(
      #"{"stages": {"a": {"type": "bm25"}, "b": {"type": "dense", "model": "/nowhere"}}}"#)
    do {
      _ = try recipe.makeRetriever(documents: [])
      Issue.record("a missing model was loaded")
    } catch let error as any SparrowError {
      #expect(error.category == .missing)
      #expect(error.description.contains("/nowhere"))
    }
  }
}

import Foundation
import SparrowCore
import SparrowData
import SparrowTestSupport
import Testing

@testable import SparrowTraining

@Suite struct ModelCardTests {
  private func architecture(_ modules: String, _ files: [String: String]) throws
    -> ModelArchitecture
  {
    try Fixtures.withTemporaryFolder { folder in
      for (path, text) in files.merging(["modules.json": modules], uniquingKeysWith: { $1 }) {
        let url = folder.appendingPathComponent(path)
        try FileManager.default.createDirectory(
          at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
      }
      return try ModelArchitecture(folder: folder)
    }
  }

  private func splade() throws -> ModelArchitecture {
    try architecture(
      #"""
      [{"name": "0", "path": "", "type": "sentence_transformers.base.modules.Transformer"},
       {"name": "1", "path": "1_SpladePooling", "type": "a.b.SpladePooling"}]
      """#,
      [
        "sentence_bert_config.json": #"{"transformer_task": "fill-mask"}"#,
        "1_SpladePooling/config.json": #"{"pooling_strategy": "max"}"#,
      ])
  }

  private func card() throws -> ModelCard {
    var card = ModelCard(dimension: 30_522, maximumLength: 256, similarity: .dot)
    card.license = "mit"
    card.languages = ["en"]
    card.baseModel = "some/model"
    card.usage = .init(
      query: "a \"quoted\" query", documents: ["first", "second"], similarities: [1.5, 0.25])
    card.evaluations = [.init(name: "scifact", metrics: [("dot_ndcg@10", 0.5)])]
    var training = ModelCard.Training()
    let loss = try SpladeLoss(
      SparseMarginMSELoss(), documentRegularizerWeight: 0.08, queryRegularizerWeight: 0.1)
    training.datasets = [
      DatasetSummary(
        name: nil, rowCount: 12,
        columns: [("query", "string", "min: 1 tokens, mean: 2 tokens, max: 3 tokens")],
        samples: [["a | b\nc <d>"]], loss: loss.options)
    ]
    training.arguments.learningRate = 1e-4
    training.logHistory = [
      JSONObject([("loss", 2.0), ("epoch", 0.5), ("step", 5)]),
      JSONObject([("eval_scifact_dot_ndcg@10", 0.5), ("epoch", 0.5), ("step", 5)]),
      JSONObject([("loss", 1.0), ("epoch", 1.0), ("step", 10)]),
    ]
    training.bestStep = 5
    training.duration = .seconds(12)
    card.training = training
    return card
  }

  @Test func `metadata and tags are those of the reference`() throws {
    let text = try card().markdown(splade())
    let head = text.components(separatedBy: "\n---\n")[0]
    let order = [
      "language:", "license: mit", "tags:", "base_model:", "widget:", "pipeline_tag:",
      "library_name: sentence-transformers", "metrics:", "model-index:",
    ].map { head.range(of: $0)?.lowerBound }
    #expect(order.allSatisfy { $0 != nil })
    #expect(order.compactMap(\.self) == order.compactMap(\.self).sorted())
    for tag in [
      "sentence-transformers", "sparse-encoder", "sparse", "splade", "generated_from_trainer",
      "dataset_size:12", "loss:SpladeLoss", "loss:SparseMarginMSELoss", "loss:FlopsLoss",
    ] {
      #expect(head.contains("\n- \(tag)\n"), "\(tag)")
    }
    #expect(head.contains(#"- text: "a \"quoted\" query""#))
  }

  @Test func `the body shows usage, numbers, data and logs`() throws {
    let text = try card().markdown(splade())
    for part in [
      "# SPLADE Sparse Encoder", "finetuned from `some/model`", "30522-dimensional",
      "**Maximum Sequence Length:** 256 tokens", "**Similarity Function:** Dot Product",
      "  (0): Transformer({\"transformer_task\": \"fill-mask\"})",
      "  (1): SpladePooling({\"pooling_strategy\": \"max\"})", "### Swift", "### Python",
      "// [1.5000, 0.2500]", "# [1.5000, 0.2500]", "| dot_ndcg@10 | 0.5000 |",
      "* Size: 12 training samples", "a \\| b<br>c &lt;d&gt;",
      "\"document_regularizer_weight\": 0.08", "- `learning_rate`: 0.0001",
      "| **0.5000** | **5** | **2.0000** | **0.5000** |", "| 1.0000 | 10 | 1.0000 | - |",
      "12 seconds", "@misc{formal2021spladev2",
    ] {
      #expect(text.contains(part), "\(part)")
    }
  }

  @Test func `kinds of models are told by their stages`() throws {
    #expect(try splade().kinds == ["SPLADE"])
    let router = try architecture(
      #"[{"name": "0", "path": "", "type": "x.Router"}]"#,
      [
        "router_config.json":
          #"{"types": {"query_0_SparseStaticEmbedding": "a", "document_1_SpladePooling": "b"}}"#
      ])
    #expect(router.kinds == ["Asymmetric", "Inference-free", "SPLADE"])
    let csr = try architecture(
      #"[{"name": "3", "path": "3_SparseAutoEncoder", "type": "x.SparseAutoEncoder"}]"#, [:])
    #expect(csr.kinds == ["CSR"])
    var plain = ModelCard(dimension: 64, maximumLength: nil, similarity: .cosine)
    plain.name = "My model"
    let text = plain.markdown(csr)
    #expect(text.contains("# My model") && text.contains("Cosine Similarity"))
    #expect(!text.contains("generated_from_trainer") && !text.contains("## Training Details"))
  }

  @Test func `settings of losses read back as recipes`() throws {
    let losses: [any TrainingLoss] = [
      try SpladeLoss(
        SparseMultipleNegativesRankingLoss(
          scale: 20, similarity: .cosine, directions: [.queryToDocument, .documentToQuery],
          partitionMode: .perDirection, hardnessMode: .hardNegatives, hardnessStrength: 0.5),
        documentRegularizerWeight: 0.1),
      try SpladeLoss(
        SparseDistillKLDivLoss(temperature: 3, studentTemperature: 4),
        .init(
          documentRegularizerWeight: 0.1, queryRegularizerWeight: 0.2,
          documentRegularizer: L1Loss(threshold: 3), queryRegularizer: FlopsLoss(threshold: 2))),
      try SpladeLoss(
        SparseTripletLoss(distance: .manhattan, margin: 2),
        .init(documentRegularizerWeight: 1, usesDocumentRegularizerOnly: true)),
      try CachedSpladeLoss(
        SparseMarginMSELoss(similarity: .cosine), .init(documentRegularizerWeight: 1),
        miniBatch: .tokens(64)),
      try SpladeLoss(SparseCoSENTLoss(scale: 10), documentRegularizerWeight: 1),
      try CSRLoss(SparseCoSENTLoss(scale: 10), beta: 0.5, gamma: 0.25),
      try SpladeLoss(SparseAnglELoss(scale: 10), documentRegularizerWeight: 1),
      try SpladeLoss(SparseCosineSimilarityLoss(), documentRegularizerWeight: 1),
      try SpladeLoss(SparseMSELoss(), documentRegularizerWeight: 1),
      try SpladeLoss(
        SparseMSELoss(),
        .init(
          documentRegularizerWeight: 1,
          documentRegularizer: JointRegularizer([
            (FlopsLoss(threshold: 5), 1), (L1Loss(threshold: 5), 0.01),
          ]))),
    ]
    for loss in losses {
      let again = try LossRecipe(.object(loss.options)).makeLoss()
      #expect(again.options == loss.options)
    }
  }
}

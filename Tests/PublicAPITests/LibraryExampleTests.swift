import Foundation
import Sparrow
import SparrowTestSupport
import Testing

/// What a program that imports `Sparrow` writes; the first example is the README's.
@Suite struct LibraryExampleTests {
  private func model(_ test: String = #function) -> URL? {
    let model = Fixtures.model("splade-tiny")
    if model == nil { Fixtures.skip(test, because: "the model splade-tiny is not in .models") }
    return model
  }

  @Test func `the README's example finds the right document and says why`() throws {
    guard let folder = model() else { return }
    let encoder = try SparseEncoder(folder: folder)
    let retriever = try Retriever(
      encoder: encoder,
      documents: [
        Document(id: "vlc", text: "A player for films and music"),
        Document(id: "graphviz", text: "Draws graphs from a description in plain text"),
      ])
    let hits = try retriever.search("watch movies")
    #expect(hits.first?.id == "vlc")
    #expect(hits.first?.terms.isEmpty == false)
    #expect(hits.first?.document?.text == "A player for films and music")
  }

  @Test func `vectors can be encoded, compared, read and indexed`() throws {
    guard let folder = model() else { return }
    let encoder = try SparseEncoder(folder: folder)
    let documents = try encoder.encodeDocuments(["The quick brown fox", "A guide to routers"])
    let query = try encoder.encodeQueries(["wireless router"])
    let scores = try encoder.similarity(query, documents)
    #expect(scores[0][1] > scores[0][0])
    #expect(encoder.decode(query[0], count: 1).first?.term == "wireless")
    let index = try InvertedIndex(documents: ["fox", "router"], vectors: documents)
    let hits = try index.search(query[0], count: 1)
    #expect(hits.map(\.id) == ["router"])
    #expect(abs(hits[0].score - Double(scores[0][1])) < 1e-5)
  }

  @Test func `a model can be trained on pairs, measured and saved`() throws {
    guard let folder = model() else { return }
    try Fixtures.withTemporaryFolder { output in
      let words = ["router", "bread", "cat", "music"]
      let pairs = try Dataset(columns: [
        ("query", words.map { .string("about \($0)") }),
        ("answer", words.map { .string("This text is about the \($0).") }),
      ])
      let encoder = try SparseEncoder(folder: folder)
      let loss = try SpladeLoss(
        SparseMultipleNegativesRankingLoss(), documentRegularizerWeight: 3e-5,
        queryRegularizerWeight: 5e-5)
      var arguments = TrainingArguments()
      arguments.outputFolder = output.appendingPathComponent("run").path
      arguments.trainBatchSize = 4
      arguments.maximumSteps = 2
      let trainer = try Trainer(
        encoder, arguments: arguments, training: [TrainingDataset(pairs)], loss: .one(loss))
      let summary = try trainer.train()
      #expect(summary.stepCount == 2)

      let documents = words.map { Document(id: DocumentID($0), text: "All about the \($0)") }
      let queries = words.map { Query(id: QueryID($0), text: $0) }
      let evaluator = try InformationRetrievalEvaluator(
        queries: queries, corpus: documents,
        relevantDocuments: Dictionary(
          uniqueKeysWithValues: words.map { (QueryID($0), [DocumentID($0)]) }))
      #expect(try evaluator.evaluate(encoder).primaryValue > 0.9)

      let saved = output.appendingPathComponent("model")
      try encoder.save(to: saved)
      let loaded = try SparseEncoder(folder: saved)
      #expect(try loaded.encodeQueries(["router"]) == encoder.encodeQueries(["router"]))
    }
  }

  @Test func `what needs no model works without one`() throws {
    let texts = ["a cat hunts mice", "bread is baked from flour", "goldfish live in water"]
    let encoder = try BM25Encoder(fitting: texts)
    let retriever = try Retriever(
      encoder: encoder,
      documents: texts.enumerated().map { Document(id: DocumentID("\($0)"), text: $1) })
    #expect(try retriever.search("who hunts mice").first?.id == "0")
  }

  @Test func `errors of all modules share one protocol`() {
    do {
      _ = try SparseEncoder(folder: URL(fileURLWithPath: "/nowhere"))
      Issue.record("a model that is not there was loaded")
    } catch let error as any SparrowError {
      #expect(error.category == .missing)
      #expect(error.location?.path == "/nowhere")
    } catch {
      Issue.record("\(error) is no SparrowError")
    }
  }
}

import Foundation
import SparrowCore
import SparrowModelFiles
import SparrowModels
import SparrowNN
import SparrowTensor
import SparrowTestSupport
import SparrowText
import Testing

/// A cross-encoder of random weights; ``FamilyTests`` compares its numbers with the reference's.
@Suite struct CrossEncoderTests {
  private let documents = ["w9 w10", "w20", "w30 w31 w32 w33", "w5 w6 w7 w8 w9 w10 w11", ""]

  private func change(
    _ folder: URL, _ members: [(String, JSONValue)], in name: String = "config.json"
  ) throws {
    let url = folder.appendingPathComponent(name)
    var object = (try? JSONValue(contentsOf: url))?.object ?? JSONObject()
    for (key, value) in members { object[key] = value }
    try JSONValue.object(object).data().write(to: url)
  }

  private func expectRefusal(
    _ words: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
  ) {
    #expect(sourceLocation: sourceLocation) { try body() } throws: { "\($0)".contains(words) }
  }

  @Test func `documents are sorted by the scores of their pairs`() throws {
    try Fixtures.withFamilyModel("bert-classifier") { folder in
      let encoder = try CrossEncoder(folder: folder)
      #expect(encoder.activation == .sigmoid)
      #expect(encoder.warnings.isEmpty)
      let scores = try encoder.scores(documents.map { TokenizerInput("w40 w41", pair: $0) })
        .map { $0[0] }
      #expect(Set(scores).count == documents.count)
      #expect(scores.allSatisfy { $0 > 0 && $0 < 1 })
      let hits = try encoder.rerank("w40 w41", documents)
      #expect(hits.map(\.score) == scores.sorted(by: >))
      #expect(hits.allSatisfy { scores[$0.index] == $0.score })
      #expect(try encoder.rerank("w40 w41", documents, count: 2) == Array(hits.prefix(2)))
      #expect(try encoder.rerank("w40 w41", []).isEmpty)
    }
  }

  @Test func `scores do not depend on company and follow the activation`() throws {
    try Fixtures.withFamilyModel("bert-classifier") { folder in
      let encoder = try CrossEncoder(folder: folder)
      let pairs = documents.map { TokenizerInput("w12", pair: $0) }
      let sigmoids = try encoder.scores(pairs).map { Double($0[0]) }
      encoder.activation = .identity
      let numbers = try pairs.map { Double(try encoder.scores([$0])[0][0]) }
      let expected = numbers.map { 1 / (1 + Foundation.exp(-$0)) }
      let difference = compare(sigmoids, with: expected, absolute: 1e-6)
      #expect(difference.isWithinTolerance, "\(difference)")
    }
  }

  @Test func `a saved cross-encoder loads again`() throws {
    try Fixtures.withFamilyModel("roberta-classifier") { folder in
      let encoder = try CrossEncoder(folder: folder)
      encoder.activation = .identity
      encoder.maximumLength = 9
      let saved = folder.appendingPathComponent("saved")
      try encoder.save(to: saved)
      let loaded = try CrossEncoder(folder: saved)
      #expect(loaded.activation == .identity)
      #expect(loaded.maximumLength == 9)
      #expect(loaded.namedParameters.map(\.name) == encoder.namedParameters.map(\.name))
      let found = try loaded.rerank("w12 w13", documents).map { Double($0.score) }
      let expected = try encoder.rerank("w12 w13", documents).map { Double($0.score) }
      let difference = compare(found, with: expected, absolute: 1e-6)
      #expect(difference.isWithinTolerance, "\(difference)")
    }
  }

  @Test func `a pair is cut at the maximum length, the longer text first`() throws {
    try Fixtures.withFamilyModel("bert-classifier") { folder in
      let encoder = try CrossEncoder(folder: folder)
      encoder.maximumLength = 8
      let tokens = try encoder.tokenize([TokenizerInput("w5 w6", pair: "w7 w8 w9 w10 w11")])
      #expect(tokens.tokenIDs == [2, 5, 6, 3, 7, 8, 9, 3])
      #expect(tokens.typeIDs == [0, 0, 0, 0, 1, 1, 1, 1])
    }
  }

  @Test func `activations of new and old files are read`() throws {
    try Fixtures.withFamilyModel("bert-classifier") { folder in
      let old = "sbert_ce_default_activation_function"
      try change(folder, [(old, "torch.nn.modules.linear.Identity")])
      #expect(try CrossEncoder(folder: folder).activation == .identity)
      try change(
        folder,
        [("sentence_transformers", ["activation_fn": "torch.nn.modules.activation.Sigmoid"])])
      #expect(try CrossEncoder(folder: folder).activation == .sigmoid)
      let settings = "config_sentence_transformers.json"
      try change(folder, [("activation_fn", "torch.nn.Identity")], in: settings)
      #expect(try CrossEncoder(folder: folder).activation == .identity)
      try change(folder, [("activation_fn", "torch.nn.Softsign")], in: settings)
      expectRefusal("Softsign") { _ = try CrossEncoder(folder: folder) }
    }
  }

  @Test func `several labels give several scores and cannot sort`() throws {
    try Fixtures.withFamilyModel("distilbert-classifier") { folder in
      let encoder = try CrossEncoder(folder: folder)
      #expect(encoder.activation == .identity)
      #expect(try encoder.scores([TokenizerInput("w5", pair: "w6")])[0].count == 3)
      expectRefusal("one label") { _ = try encoder.rerank("w5", ["w6"]) }
    }
  }

  @Test func `an encoder without a head is refused unless a fresh one is asked for`() throws {
    try Fixtures.withFamilyModel("bert") { folder in
      expectRefusal("BertForMaskedLM") { _ = try CrossEncoder(folder: folder) }
      let encoder = try CrossEncoder(folder: folder, initializesHead: true)
      #expect(encoder.warnings.contains { $0.contains("classifier.weight") })
      #expect(try encoder.rerank("w5", ["w6", "w7"]).count == 2)
    }
  }

  @Test func `texts that are tokenised once get the scores of their pairs`() throws {
    try Fixtures.withFamilyModel("bert-classifier") { folder in
      let encoder = try CrossEncoder(folder: folder)
      encoder.maximumLength = 9
      encoder.settings.prompts = ["query": "w13 "]
      encoder.settings.defaultPromptName = "query"
      let queries = ["w40 w41", "w12", "w40 w41", "w12", "w40 w41"]
      let found = try encoder.scores(queries: queries, documents: documents, progress: nil)
      let expected = try encoder.scores(
        zip(queries, documents).map { TokenizerInput($0, pair: $1) })
      let difference = compare(
        found.map(Double.init), with: expected.map { Double($0[0]) }, absolute: 1e-7)
      #expect(difference.isWithinTolerance, "\(difference)")
    }
  }

  @Test func `a cross-encoder's folder is recognised and gives no vectors`() throws {
    try Fixtures.withFamilyModel("bert-classifier") { folder in
      #expect(try CrossEncoder.recognizes(folder))
      expectRefusal("sparrow rerank") { _ = try SparseEncoder(folder: folder) }
      let saved = folder.appendingPathComponent("saved")
      try CrossEncoder(folder: folder).save(to: saved)
      #expect(try CrossEncoder.recognizes(saved))
      expectRefusal("scores pairs") { _ = try SparseEncoder(folder: saved) }
    }
    try Fixtures.withFamilyModel("bert") { folder in
      #expect(try !CrossEncoder.recognizes(folder))
      let splade = folder.appendingPathComponent("splade")
      try SparseEncoder(folder: folder).save(to: splade)
      #expect(try !CrossEncoder.recognizes(splade))
      #expect(try CrossEncoder(folder: splade, initializesHead: true).classifier.labelCount == 1)
    }
  }
}

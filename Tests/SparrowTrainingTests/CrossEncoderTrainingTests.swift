import Foundation
import SparrowCore
import SparrowData
import SparrowModels
import SparrowNN
import SparrowTensor
import SparrowTestSupport
import SparrowText
import SparrowTraining
import Testing

/// A small random cross-encoder learns; the values of losses are computed again from its scores.
@Suite struct CrossEncoderTrainingTests {
  private let queries = ["w5 w6", "w7", "w8 w9 w10"]
  private let documents = [["w20 w21", "w22", "w23 w24"], ["w30", "w31 w32 w33", "w34"]]

  private func batch(
    _ encoder: CrossEncoder, columnCount: Int, labels: [Double]? = nil
  ) throws -> TrainingBatch {
    let tokenize = try encoder.trainingTokenizer(route: nil)
    let texts = [queries] + documents.prefix(columnCount - 1)
    return TrainingBatch(
      rows: [0, 1, 2], columns: try texts.map { EncoderColumn(tokens: try tokenize($0)) },
      labels: labels.flatMap { BatchLabels($0.map { .float($0) }) })
  }

  private func number(_ encoder: CrossEncoder, _ query: Int, _ document: String) throws -> Double {
    encoder.activation = .identity
    return Double(try encoder.scores([TokenizerInput(queries[query], pair: document)])[0][0])
  }

  private func value(
    _ loss: any TrainingLoss, _ batch: TrainingBatch, _ encoder: CrossEncoder
  ) throws -> Double {
    try loss.run(batch, in: LossContext(encoder: encoder, gradientFactor: nil)).total
  }

  @Test func `the cross entropy is that of the pairs' scores`() throws {
    try Fixtures.withFamilyModel("bert-classifier") { folder in
      let encoder = try CrossEncoder(folder: folder)
      let labels = [1.0, 0, 0.25]
      let batch = try batch(encoder, columnCount: 2, labels: labels)
      for weight in [1.0, 3] {
        let costs = try labels.enumerated().map { row, label in
          let share = 1 / (1 + exp(-(try number(encoder, row, documents[0][row]))))
          return -weight * label * log(share) - (1 - label) * log(1 - share)
        }
        let found = try value(BinaryCrossEntropyLoss(positiveWeight: weight), batch, encoder)
        #expect(abs(found - costs.reduce(0, +) / 3) < 1e-5, "\(weight)")
      }
    }
  }

  @Test func `a positive competes with the next rows' and with its negatives`() throws {
    try Fixtures.withFamilyModel("bert-classifier") { folder in
      let encoder = try CrossEncoder(folder: folder)
      let batch = try batch(encoder, columnCount: 3)
      let costs = try queries.indices.map { row in
        let texts = [documents[0][row], documents[0][(row + 1) % 3], documents[1][row]]
        let logits = try texts.map { 10 / (1 + exp(-(try number(encoder, row, $0)))) }
        return log(logits.reduce(0) { $0 + exp($1) }) - logits[0]
      }
      let found = try value(MultipleNegativesRankingLoss(negativeCount: 1), batch, encoder)
      #expect(abs(found - costs.reduce(0, +) / 3) < 1e-5)
    }
  }

  @Test func `the squared difference is that of the numbers`() throws {
    try Fixtures.withFamilyModel("bert-classifier") { folder in
      let encoder = try CrossEncoder(folder: folder)
      let labels = [3.0, -1, 0.5]
      let batch = try batch(encoder, columnCount: 2, labels: labels)
      let costs = try labels.enumerated().map { row, label in
        pow(try number(encoder, row, documents[0][row]) - label, 2)
      }
      #expect(abs(try value(MSELoss(), batch, encoder) - costs.reduce(0, +) / 3) < 1e-4)
    }
  }

  @Test func `what cannot be trained together is refused`() throws {
    try Fixtures.withFamilyModel("bert-classifier") { folder in
      let encoder = try CrossEncoder(folder: folder)
      let pairs = try batch(encoder, columnCount: 2, labels: [1, 2, 0])
      func expectRefusal(_ words: String, _ body: () throws -> Void) {
        #expect { try body() } throws: { "\($0)".contains(words) }
      }
      expectRefusal("found 2") { _ = try value(BinaryCrossEntropyLoss(), pairs, encoder) }
      expectRefusal("has no embeddings") {
        _ = try value(
          SpladeLoss(SparseMultipleNegativesRankingLoss(), documentRegularizerWeight: 0),
          pairs, encoder)
      }
      expectRefusal("as label") {
        _ = try value(MSELoss(), batch(encoder, columnCount: 2), encoder)
      }
      expectRefusal("above 0") { _ = try BinaryCrossEntropyLoss(positiveWeight: 0) }
      expectRefusal("num_negatives") { _ = try MultipleNegativesRankingLoss(negativeCount: -1) }
      expectRefusal("no routes") { _ = try encoder.trainingTokenizer(route: "query") }
    }
  }

  @Test func `training learns which documents match, and is saved and restored`() throws {
    try Fixtures.withFamilyModel("bert-classifier") { folder in
      let url = folder.appendingPathComponent("config.json")
      var object = try #require(JSONValue(contentsOf: url).object)
      object["hidden_dropout_prob"] = 0  // which is much noise for states of 16 elements
      try JSONValue.object(object).data().write(to: url)
      let encoder = try CrossEncoder(folder: folder)
      var columns: [(name: String, values: [DatasetValue])] = [
        ("query", []), ("document", []), ("label", []),
      ]
      for word in 5..<21 {
        for (document, label) in [(25 + word % 8, 1), (33 + word % 8, 0)] {
          columns[0].values.append(.string("w\(word)"))
          columns[1].values.append(.string("w\(document)"))
          columns[2].values.append(.integer(label))
        }
      }
      var arguments = TrainingArguments()
      arguments.outputFolder = folder.appendingPathComponent("run").path
      arguments.epochCount = 40
      arguments.learningRate = 1e-2
      arguments.trainBatchSize = 8
      let dataset = try Dataset(columns: columns)
      let loss = try BinaryCrossEntropyLoss()
      let trainer = try Trainer(
        encoder, arguments: arguments, training: [TrainingDataset(dataset)], loss: .one(loss))
      let summary = try trainer.train()
      #expect(summary.meanLoss < 0.6)
      let candidates = (25..<41).map { "w\($0)" }
      let found = try encoder.rerank("w5", candidates, count: 8).map(\.index)
      #expect(found.count { $0 < 8 } >= 7, "\(found)")
      let saved = folder.appendingPathComponent("saved")
      try encoder.save(to: saved)
      let other = try CrossEncoder(folder: folder)
      try other.restoreParameters(from: saved)
      let expected = try encoder.scores([TokenizerInput("w5", pair: "w6")])[0][0]
      let restored = try other.scores([TokenizerInput("w5", pair: "w6")])[0][0]
      #expect(abs(restored - expected) < 1e-6)
    }
  }
}

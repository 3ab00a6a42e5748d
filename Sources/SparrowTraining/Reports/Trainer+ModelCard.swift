import Foundation
import SparrowCore
import SparrowData
import SparrowModels
import SparrowText

extension Trainer {
  /// The card of the model as it is now, with data, arguments, logs and evaluations of the last run.
  ///
  /// - Throws: errors of encoding the examples.
  public func modelCard() throws -> ModelCard {
    var card: ModelCard
    if let crossEncoder = encoder as? CrossEncoder {
      card = ModelCard(
        labelCount: crossEncoder.classifier.labelCount, maximumLength: crossEncoder.maximumLength)
      card.usage = try usage { query, documents in
        try crossEncoder.scores(
          queries: documents.map { _ in query }, documents: documents, progress: nil)
      }
    } else {
      let encoding = encoder as? any SparseEncoding
      card = ModelCard(
        dimension: encoding?.dimension ?? 0,
        maximumLength: (encoder as? SparseEncoder)?.maximumLength,
        similarity: encoding?.similarity ?? .dot)
      if let encoding { card.usage = try usage(encoding.similarities) }
    }
    var description = ModelCard.Training()
    description.datasets = try summaries(training, trainingLosses)
    description.evaluationDatasets = try summaries(evaluation, evaluationLosses)
    description.arguments = arguments
    if let state = lastState {
      description.logHistory = state.logHistory
      description.bestStep = arguments.loadsBestModelAtEnd ? state.bestStep : nil
      description.duration = lastDuration
      card.evaluations = Self.evaluations(state, step: description.bestStep)
    }
    card.training = description
    return card
  }

  /// The first row's query against the documents of the first rows.
  private func usage(
    _ compare: (_ query: String, _ documents: [String]) throws -> [Float]
  ) throws -> ModelCard.Usage? {
    let dataset = training[0].dataset
    guard dataset.inputColumns.count > 1,
      let query = dataset[dataset.inputColumns[0]]?.first?.string
    else { return nil }
    let documents = (dataset[dataset.inputColumns[1]] ?? []).prefix(3).compactMap(\.string)
    return ModelCard.Usage(
      query: query, documents: documents, similarities: try compare(query, documents))
  }

  private func summaries(
    _ parts: [TrainingDataset], _ losses: [any TrainingLoss]
  ) throws -> [DatasetSummary] {
    let tokenize = try encoder.trainingTokenizer(route: encoder.routeNames.first)
    return try zip(parts, losses).map { part, loss in
      let dataset = part.dataset
      let columns = try dataset.columnNames.map { name in
        let values = Array((dataset[name] ?? []).prefix(100))
        let texts = values.compactMap(\.string)
        let numbers = values.flatMap { $0.floats ?? $0.number.map { [$0] } ?? [] }
        let isText = texts.count == values.count
        let sizes =
          isText ? try texts.map { Double(try tokenize([$0]).tokenCount) } : numbers
        let mean = sizes.reduce(0, +) / Double(max(1, sizes.count))
        let unit = isText ? " tokens" : ""
        let statistics = [
          ("min", sizes.min() ?? 0), ("mean", mean), ("max", sizes.max() ?? 0),
        ].map { "\($0): \(AdviceText.number($1))\(unit)" }.joined(separator: ", ")
        let kind = isText ? "string" : values.first?.floats == nil ? "float" : "list"
        return (name: name, kind: kind, statistics: statistics)
      }
      let samples = (0..<min(3, dataset.rowCount)).map { row in
        dataset[row].values.map { value in
          value.string ?? value.number.map(AdviceText.number)
            ?? JSONValue.array((value.floats ?? []).map { .number($0) }).text()
        }
      }
      return DatasetSummary(
        name: part.name, rowCount: dataset.rowCount, columns: columns, samples: samples,
        loss: loss.options)
    }
  }

  /// The numbers of the best or last evaluation, by what their keys begin with.
  private static func evaluations(_ state: TrainingState, step: Int?) -> [ModelCard.Evaluation] {
    let lines = state.logHistory.filter { line in
      line.keys.contains { $0.hasPrefix("eval_") }
    }
    guard let line = lines.last(where: { step == nil || $0["step"]?.int == step }) else {
      return []
    }
    let parts = ["loss", "runtime", "per_second"]
    let metrics = line.members.compactMap { key, value -> (key: String, value: Double)? in
      guard key.hasPrefix("eval_"), !parts.contains(where: key.hasSuffix),
        let number = value.double
      else { return nil }
      return (String(key.dropFirst(5)), number)
    }
    var result: [ModelCard.Evaluation] = []
    for (key, value) in metrics {
      let functions = SimilarityFunction.allCases.map { "_\($0.rawValue)_" }
      let measures = ["_base_", "_ndcg@", "_mrr@", "_map"]
      let split = (functions + measures).lazy.compactMap { key.range(of: $0) }.first
      let name = split.map { String(key[..<$0.lowerBound]) } ?? ""
      let short = split.map { String(key[key.index(after: $0.lowerBound)...]) } ?? key
      if let place = result.firstIndex(where: { $0.name == name }) {
        result[place].metrics.append((short, value))
      } else {
        result.append(ModelCard.Evaluation(name: name, metrics: [(short, value)]))
      }
    }
    return result
  }
}

extension SparseEncoding {
  /// How similar a query is to each of some documents.
  fileprivate func similarities(_ query: String, _ documents: [String]) throws -> [Float] {
    let options = EncodingOptions()
    let left = try encode([query], role: .query, options: options)
    let right = try encode(documents, role: .document, options: options)
    return try similarity.matrix(left, right)[0]
  }
}

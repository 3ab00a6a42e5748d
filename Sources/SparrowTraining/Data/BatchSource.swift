import SparrowCore
import SparrowData

/// Makes batches from rows: texts with their prompts, tokenised column by column.
struct BatchSource: Sendable {
  /// One dataset, its columns apart.
  private struct Part: Sendable {
    let inputs: [Column]
    let labels: [DatasetValue]?
  }

  private struct Column: Sendable {
    let values: [DatasetValue]
    let prompt: String
    let route: String?
    let tokenize: TrainingTokenizer
  }

  private let parts: [Part]

  /// Prepares datasets that ``DatasetCheck`` has passed.
  ///
  /// - Throws: ``TrainingError/Code/invalidArgument`` when prompts or routes name what does not
  ///   exist.
  init(
    _ datasets: [TrainingDataset], encoder: any TrainableEncoder, arguments: TrainingArguments
  ) throws {
    let settings = try ColumnSettings(
      prompts: arguments.prompts, routes: arguments.routerMapping, datasets: datasets)
    parts = try datasets.map { part in
      let inputs = try part.dataset.inputColumns.map { name in
        let route = settings.route(column: name, dataset: part.name)
        return Column(
          values: part.dataset[name] ?? [],
          prompt: settings.prompt(column: name, dataset: part.name), route: route,
          tokenize: try encoder.trainingTokenizer(route: route))
      }
      return Part(inputs: inputs, labels: part.dataset.labelColumn.flatMap { part.dataset[$0] })
    }
  }

  /// Makes the batch of some rows of a dataset.
  func batch(dataset: Int, rows: [Int]) throws -> TrainingBatch {
    let part = parts[dataset]
    let columns = try part.inputs.map { column in
      let texts = rows.map { column.prompt + (column.values[$0].string ?? "") }
      return EncoderColumn(tokens: try column.tokenize(texts), route: column.route)
    }
    return TrainingBatch(
      datasetIndex: dataset, rows: rows, columns: columns,
      labels: part.labels.flatMap { labels in BatchLabels(rows.map { labels[$0] }) })
  }
}

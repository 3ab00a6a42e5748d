import Foundation
import SparrowCore
import SparrowData

/// What can be said of a dataset and its loss before training.
struct DatasetAdvice {
  private let dataset: Dataset
  private let place: String
  private let base: (any EmbeddingLoss)?
  private let arguments: TrainingArguments

  init(_ part: TrainingDataset, loss: any TrainingLoss, arguments: TrainingArguments) {
    dataset = part.dataset
    place = part.name.map { "the dataset '\($0)'" } ?? "the dataset"
    base = (loss as? any WrappingLoss)?.base
    self.arguments = arguments
  }

  /// Kinds and messages of what was found.
  func findings() throws -> [(TrainingAdvice.Kind, String)] {
    [smallData(), smallBatches(), falseNegatives(), labelScale()].compactMap(\.self)
  }

  private func smallData() -> (TrainingAdvice.Kind, String)? {
    let rowsSeen =
      arguments.maximumSteps.map {
        Double($0 * arguments.trainBatchSize * arguments.accumulationSteps)
      } ?? arguments.epochCount * Double(dataset.rowCount)
    let epochs = rowsSeen / Double(dataset.rowCount)
    guard dataset.rowCount < 1000, epochs > 3, arguments.evaluationStrategy == .never else {
      return nil
    }
    return (
      .smallData,
      "\(place.capitalizedFirst) has \(dataset.rowCount) rows, each seen \(AdviceText.number(epochs)) times, and nothing is evaluated: the model may learn them by heart unnoticed. Hold rows out as eval_dataset, or train for one to three epochs."
    )
  }

  private var ranking: SparseMultipleNegativesRankingLoss? {
    base as? SparseMultipleNegativesRankingLoss
  }

  private func smallBatches() -> (TrainingAdvice.Kind, String)? {
    guard ranking != nil else { return nil }
    let gathered = arguments.gathersAcrossAccumulation ? arguments.accumulationSteps : 1
    let rows = arguments.trainBatchSize * gathered
    let documents = rows * (dataset.inputColumns.count - 1)
    guard documents < 8 else { return nil }
    return (
      .smallBatches,
      "A query competes with only \(documents) documents in a batch of \(rows) rows, which teaches a ranking loss little. Raise per_device_train_batch_size; CachedSpladeLoss keeps memory bounded."
    )
  }

  /// How often a batch will hold a text twice, from the number of equal texts among all rows.
  private func falseNegatives() -> (TrainingAdvice.Kind, String)? {
    guard ranking != nil, arguments.batchSampling == .shuffled, dataset.rowCount > 1 else {
      return nil
    }
    var counts: [String: Int] = [:]
    for column in dataset.inputColumns {
      for cell in dataset[column] ?? [] {
        if let text = cell.string { counts[text, default: 0] += 1 }
      }
    }
    let rowCount = Double(dataset.rowCount)
    let equalPairs = counts.values.reduce(0.0) { $0 + Double($1) * Double($1 - 1) }
    let chance = min(1, equalPairs / (rowCount * (rowCount - 1)))
    let size = Double(min(arguments.trainBatchSize, dataset.rowCount))
    let share = 1 - exp(-chance * size * (size - 1) / 2)
    guard share > 0.05, let most = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })
    else { return nil }
    return (
      .falseNegatives,
      "About \(AdviceText.number((share * 100).rounded())) % of the batches of \(place) will hold a text twice ('\(most.key.prefix(40))' is in \(most.value) rows), which then counts as a wrong answer. Set batch_sampler to no_duplicates."
    )
  }

  private func labelScale() -> (TrainingAdvice.Kind, String)? {
    guard let column = dataset.labelColumn, let cells = dataset[column] else { return nil }
    let numbers = cells.flatMap { cell in cell.floats ?? cell.number.map { [$0] } ?? [] }
    guard let low = numbers.min(), let high = numbers.max() else { return nil }
    if low == high, base?.requirement.label == .score {
      return (
        .labelScale,
        "All labels of \(place) are \(AdviceText.number(low)); there is nothing to learn from them. Is '\(column)' the right column?"
      )
    }
    if let distillation = base as? SparseDistillKLDivLoss {
      let spreads = cells.compactMap(\.floats).map { ($0.max() ?? 0) - ($0.min() ?? 0) }
      let spread = spreads.reduce(0, +) / Double(max(1, spreads.count))
      guard spread / distillation.teacherTemperature < 0.1 else { return nil }
      return (
        .labelScale,
        "The teacher's scores of a row of \(place) differ by only \(AdviceText.number(spread)) on average, next to nothing at a temperature of \(AdviceText.number(distillation.teacherTemperature)): all candidates look alike. Set teacher_temperature to about \(AdviceText.number(spread / 3))."
      )
    }
    if base is SparseMarginMSELoss {
      let mean = numbers.map(abs).reduce(0, +) / Double(numbers.count)
      guard mean < 0.5 else { return nil }
      return (
        .labelScale,
        "The teacher's scores of \(place) are about \(AdviceText.number(mean)) in size, while margins of dot products are of the order of 10: the model would have to unlearn its scale. Multiply the labels by about \(AdviceText.number((10 / max(mean, 1e-6)).rounded()))."
      )
    }
    return nil
  }
}

extension String {
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}

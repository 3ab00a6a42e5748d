import SparrowCore
import SparrowData
import SparrowEvaluation

extension DatasetRecipe {
  /// The texts and labels of an evaluator's columns.
  ///
  /// - Throws: ``TrainingError/Code/invalidDataset`` naming the evaluator and what it needs.
  func evaluationColumns(
    for evaluator: String, textCount: ClosedRange<Int>, hasLabels: Bool
  ) throws -> (texts: [[String]], labels: [Double]) {
    let part = try load()
    let names = Array(repeating: "text", count: textCount.upperBound)
    _ = try DatasetCheck(
      part, lossName: "The evaluator '\(evaluator)'",
      requirement: ColumnRequirement(
        from: textCount.lowerBound, to: textCount.upperBound, names,
        label: hasLabels ? .score : .none))
    let dataset = part.dataset
    return (
      dataset.inputColumns.map { column in (dataset[column] ?? []).compactMap(\.string) },
      dataset.labelColumn.flatMap { dataset[$0] }?.compactMap(\.number) ?? []
    )
  }

  /// Rows of a query, positives and negatives, each a text or a list of texts.
  ///
  /// - Throws: ``TrainingError/Code/invalidDataset`` when there are other columns.
  func rerankingSamples(for evaluator: String) throws -> [RerankingSample] {
    let dataset = try load().dataset
    let names = dataset.inputColumns
    guard names.count == 3 else {
      throw TrainingError(
        .invalidDataset,
        "The evaluator '\(evaluator)' needs the columns query, positives, negatives; found \(names.map { "'\($0)'" }.joined(separator: ", "))."
      )
    }
    func texts(_ value: DatasetValue?) -> [String] {
      value?.strings ?? value?.string.map { [$0] } ?? []
    }
    return (0..<dataset.rowCount).map { row in
      let cells = dataset[row]
      return RerankingSample(
        query: cells[names[0]]?.string ?? "", positives: texts(cells[names[1]]),
        negatives: texts(cells[names[2]]))
    }
  }
}

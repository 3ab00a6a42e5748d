import SparrowCore
import SparrowData

/// Whether a dataset fits a loss, before anything starts.
public struct DatasetCheck: Sendable {
  /// What looks wrong without being an error, in full sentences.
  public private(set) var warnings: [String] = []

  private let dataset: Dataset
  private let place: String
  private let lossName: String
  private let requirement: ColumnRequirement

  /// Checks a dataset.
  ///
  /// - Parameters:
  ///   - part: the dataset, with its name when there are several.
  ///   - lossName: the loss, as messages name it.
  ///   - requirement: the columns and labels that the loss needs.
  ///   - dimension: the size of embeddings when known, for losses whose labels are embeddings.
  /// - Throws: ``TrainingError/Code/invalidDataset`` naming the loss, what it needs and what it got;
  ///   `DataError` naming column and line of a value that is no text or no number.
  public init(
    _ part: TrainingDataset, lossName: String, requirement: ColumnRequirement,
    dimension: Int? = nil
  ) throws {
    dataset = part.dataset
    place = part.name.map { "the dataset '\($0)'" } ?? "the dataset"
    self.lossName = lossName
    self.requirement = requirement
    guard dataset.rowCount > 0 else { throw misfit("\(place) has no rows") }
    for name in ["return_loss", "dataset_name"] where dataset.columnNames.contains(name) {
      throw misfit("\(place) has a column '\(name)', a name that is reserved; rename it")
    }
    try checkColumns()
    try checkLabels(dimension: dimension)
    try dataset.checkTexts()
    collectWarnings()
  }

  private func misfit(_ found: String) -> TrainingError {
    let label =
      requirement.label == .none
      ? "no labels" : "a column of labels (\(requirement.label.meaning))"
    return TrainingError(
      .invalidDataset,
      "\(lossName) needs \(requirement.columnDescription) and \(label); \(found).")
  }

  private func names(_ columns: [String]) -> String {
    columns.map { "'\($0)'" }.joined(separator: ", ")
  }

  private func checkColumns() throws(TrainingError) {
    let inputs = dataset.inputColumns
    guard !requirement.columnCounts.contains(inputs.count) else { return }
    let label = dataset.labelColumn.map { " and the labels '\($0)'" } ?? ""
    let advice =
      inputs.count > requirement.columnCounts.upperBound
      ? ". Select the columns to train on" : ""
    throw misfit(
      "\(place) has \(inputs.count) input column\(inputs.count == 1 ? "" : "s") (\(names(inputs)))\(label)\(advice)"
    )
  }

  private func checkLabels(dimension: Int?) throws {
    guard let column = dataset.labelColumn else {
      guard requirement.label == .none else {
        throw misfit(
          "\(place) has the columns \(names(dataset.columnNames)), and none of them is called \(names(Dataset.labelNames))"
        )
      }
      return
    }
    guard requirement.label != .none else {
      throw misfit(
        "\(place) has the label column '\(column)'. Leave it out by selecting columns, or choose a loss that learns from labels"
      )
    }
    try dataset.checkNumbers(in: column)
    let first = dataset[column]?.first
    // 0 stands for a single number in each row.
    let width = first?.floats?.count ?? 0
    let candidateCount = dataset.inputColumns.count - 1
    let widths: [Int] =
      switch requirement.label {
      case .none: []
      case .score: [0, 1]
      case .margins:
        candidateCount == 2 ? [0, 1, 2] : [candidateCount - 1, candidateCount]
      case .candidateScores: [candidateCount]
      case .embedding: [dimension ?? width]
      }
    guard widths.contains(width) else {
      let wanted = widths.map { $0 == 0 ? "a number" : "a list of \($0)" }
      throw misfit(
        "each row of '\(column)' has \(width == 0 ? "a number" : "a list of \(width) numbers") where \(dataset.inputColumns.count) input columns call for \(wanted.joined(separator: " or "))"
      )
    }
  }

  private mutating func collectWarnings() {
    for (position, column) in dataset.inputColumns.enumerated() {
      if column == "id" || ["_id", "_ids", "_idx"].contains(where: column.hasSuffix) {
        warnings.append(
          "The column '\(column)' of \(place) looks like identifiers; it is trained on as text.")
      }
      if let usual = Self.usualPositions[column], usual != position {
        warnings.append(
          "The column '\(column)' of \(place) is input column \(position + 1); it is usually number \(usual + 1). Losses go by the order of columns, not by their names."
        )
      }
    }
    for column in dataset.inputColumns {
      let emptyCount = dataset[column]?.count { $0.string?.allSatisfy(\.isWhitespace) ?? true } ?? 0
      if emptyCount > 0 {
        warnings.append(
          "The column '\(column)' of \(place) has \(emptyCount) empty text\(emptyCount == 1 ? "" : "s") among \(dataset.rowCount)."
        )
      }
    }
    if lossName.contains("CosineSimilarity"), let column = dataset.labelColumn,
      let outside = dataset[column]?.first(where: { !(-1...1).contains($0.number ?? 0) })
    {
      warnings.append(
        "A label of \(place) is \(outside.number ?? 0); a cosine lies between -1 and 1. Divide the labels by their largest value."
      )
    }
  }

  /// Where columns of well-known names usually are, from 0.
  private static let usualPositions = [
    "anchor": 0, "positive": 1, "negative": 2, "question": 0, "answer": 1, "query": 0,
    "response": 1, "hypothesis": 0, "entailment": 1, "contradiction": 2,
  ]
}

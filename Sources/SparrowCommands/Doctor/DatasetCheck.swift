import Foundation
import SparrowCore
import SparrowData

/// Reads a training set and looks at its columns.
struct DatasetCheck {
  let file: String

  /// What is found, one line for each thing.
  func findings() -> [Finding] {
    let subject = "dataset"
    do {
      let dataset = try Dataset(contentsOf: URL(fileURLWithPath: file))
      let labels = dataset.labelColumn.map { "labels in '\($0)'" } ?? "no labels"
      let inputs = dataset.inputColumns.map { "'\($0)'" }.joined(separator: ", ")
      return [
        Finding(
          .ok, subject,
          "\(file): \(NumberText.count(dataset.rowCount)) rows, inputs \(inputs), \(labels)")
      ] + checkInputs(of: dataset) + checkLabels(of: dataset)
    } catch {
      return [Finding(subject, error)]
    }
  }

  private func checkInputs(of dataset: Dataset) -> [Finding] {
    dataset.inputColumns.compactMap { column in
      let subject = "column '\(column)'"
      do {
        try dataset.checkTexts(in: [column])
      } catch {
        return Finding(subject, error)
      }
      if column == "id" || ["_id", "_ids", "_idx"].contains(where: column.hasSuffix) {
        return Finding(
          .warn, subject, "looks like identifiers, and would be trained on as text",
          advice: "Leave it out, or name the columns to train on in the recipe (train_columns).")
      }
      let texts = dataset[column] ?? []
      let empty = texts.count { $0.string?.allSatisfy(\.isWhitespace) == true }
      guard empty > 0 else { return nil }
      return Finding(
        .warn, subject,
        "\(NumberText.count(empty)) of \(NumberText.count(texts.count)) texts are empty",
        advice: "Remove those rows; an empty text teaches nothing.")
    }
  }

  private func checkLabels(of dataset: Dataset) -> [Finding] {
    guard let column = dataset.labelColumn else { return [] }
    do {
      try dataset.checkNumbers(in: column)
      return []
    } catch {
      return [Finding("column '\(column)'", error)]
    }
  }
}

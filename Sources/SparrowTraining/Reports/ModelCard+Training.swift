import Foundation
import SparrowCore

extension ModelCard {
  /// What a card says about training.
  static func trainingSection(_ training: Training) -> String {
    var parts = ["## Training Details"]
    for (title, datasets) in [
      ("Training", training.datasets), ("Evaluation", training.evaluationDatasets),
    ] where !datasets.isEmpty {
      parts.append("### \(title) Dataset\(datasets.count > 1 ? "s" : "")")
      parts += datasets.map { summary($0, title.lowercased()) }
    }
    parts.append(hyperparameters(training.arguments))
    let logs = logTable(training)
    if !logs.isEmpty { parts.append("### Training Logs\n\n" + logs) }
    if let duration = training.duration {
      let seconds = duration / .seconds(1)
      parts.append("### Training Time\n- **Training**: \(AdviceText.number(seconds)) seconds")
    }
    return parts.joined(separator: "\n\n")
  }

  private static func summary(_ dataset: DatasetSummary, _ kind: String) -> String {
    let columns = dataset.columns.map { "<code>\($0.name)</code>" }
    var lines = [
      "#### \(dataset.name ?? "Unnamed Dataset")", "",
      "* Size: \(dataset.rowCount) \(kind) samples",
      "* Columns: \(columns.joined(separator: ", "))",
      "* Approximate statistics based on the first \(min(100, dataset.rowCount)) samples:", "",
      "  | | \(columns.joined(separator: " | ")) |",
      "  |:--|" + dataset.columns.map { _ in ":--|" }.joined(),
      "  | type | \(dataset.columns.map(\.kind).joined(separator: " | ")) |",
      "  | details | \(dataset.columns.map(\.statistics).joined(separator: " | ")) |",
      "* Samples:", "", "  | \(columns.joined(separator: " | ")) |",
      "  |" + dataset.columns.map { _ in ":--|" }.joined(),
    ]
    lines += dataset.samples.map { row in
      "  | " + row.map { "<code>\(cell($0))</code>" }.joined(separator: " | ") + " |"
    }
    lines += [
      "* Loss: <code>\(dataset.loss["name"]?.string ?? "")</code> with these parameters:",
      "  ```json",
    ]
    var settings = dataset.loss
    settings["name"] = nil
    lines += JSONValue.object(settings).text(JSONFormat(indent: 4, escapesNonASCII: false))
      .split(separator: "\n").map { "  " + $0 }
    return (lines + ["  ```"]).joined(separator: "\n")
  }

  /// A text that fits a cell of a table.
  private static func cell(_ text: String) -> String {
    let line = text.replacing("\n", with: "<br>").replacing("|", with: "\\|")
    return HTML.escape(line.count > 1000 ? line.prefix(1000) + "…" : line)
      .replacing("&lt;br&gt;", with: "<br>")
  }

  private static func hyperparameters(_ arguments: TrainingArguments) -> String {
    func list(_ object: JSONObject) -> String {
      object.members.map { "- `\($0)`: \($1.string ?? $1.text())" }.joined(separator: "\n")
    }
    let own = list(arguments.nonDefaultJSON)
    return """
      ### Training Hyperparameters
      #### Non-Default Hyperparameters

      \(own.isEmpty ? "None" : own)

      #### All Hyperparameters
      <details><summary>Click to expand</summary>

      \(list(arguments.json))

      </details>
      """
  }

  /// Losses and the main numbers of evaluations; lines of the same step are one row.
  private static func logTable(_ training: Training) -> String {
    var rows: [(step: Int, epoch: Double, values: JSONObject)] = []
    for line in training.logHistory where line["train_runtime"] == nil {
      guard let step = line["step"]?.int else { continue }
      if rows.last?.step != step { rows.append((step, line["epoch"]?.double ?? 0, JSONObject())) }
      for (key, value) in line.members { rows[rows.count - 1].values[key] = value }
    }
    let endings = ["ndcg@10", "spearman_cosine", "spearman_dot", "accuracy", "sequential_score"]
    var keys = ["loss", "eval_loss"]
    for key in rows.flatMap(\.values.keys)
    where key.hasPrefix("eval_") && endings.contains(where: key.hasSuffix) && !keys.contains(key) {
      keys.append(key)
    }
    keys = keys.filter { key in rows.contains { $0.values[key] != nil } }
    guard !rows.isEmpty, !keys.isEmpty else { return "" }
    let titles = keys.map { key in
      key == "loss"
        ? "Training Loss" : key == "eval_loss" ? "Validation Loss" : String(key.dropFirst(5))
    }
    var lines = [
      "| Epoch | Step | \(titles.joined(separator: " | ")) |",
      "|:--|:--|" + keys.map { _ in ":--|" }.joined(),
    ]
    for row in rows {
      let cells =
        [String(format: "%.4f", row.epoch), String(row.step)]
        + keys.map { key in row.values[key]?.double.map { String(format: "%.4f", $0) } ?? "-" }
      let isBest = row.step == training.bestStep
      lines.append(
        "| " + cells.map { isBest ? "**\($0)**" : $0 }.joined(separator: " | ") + " |")
    }
    if training.bestStep != nil { lines.append("\n* The bold row denotes the saved checkpoint.") }
    return lines.joined(separator: "\n")
  }
}

import SparrowCore
import SparrowTraining

/// The keys of recipes, for help texts.
enum RecipeKeys {
  /// The parts that are no training arguments, each with a few words.
  static let parts: [(name: String, summary: String)] = [
    ("model", "a model folder, or {path, max_seq_length, static_queries, cross_encoder, …}"),
    ("train_dataset", "a file or folder, {path, columns, limit, …}, or several by name"),
    ("eval_dataset", "the same, for evaluation losses"),
    ("loss", "{name, loss, document_regularizer_weight, query_regularizer_weight, …}"),
    ("evaluator", "a collection, {collection, split, …}, or a list of evaluators"),
  ]

  /// Every key with a few words, and the default of training arguments.
  static var helpText: String {
    let defaults = TrainingArguments().json
    let rows =
      parts.map { ($0.name, $0.summary) }
      + TrainingArguments.argumentSummaries.map { name, summary in
        let standard = defaults[name].map { " (\($0.text(.compact)))" } ?? ""
        return (name, summary + standard)
      }
    let width = rows.map { $0.0.count }.max() ?? 0
    return rows.map { name, summary in
      "  \(name)\(String(repeating: " ", count: width - name.count))  "
        + wrapped(summary, indent: width + 4)
    }.joined(separator: "\n")
  }

  /// A text broken into lines so that, indented, none is longer than help is wide.
  private static func wrapped(_ text: String, indent: Int) -> String {
    var lines = [""]
    for word in text.split(separator: " ") {
      let last = lines[lines.count - 1]
      if last.isEmpty {
        lines[lines.count - 1] = String(word)
      } else if indent + last.count + 1 + word.count <= CommandContext.leastColumnCount {
        lines[lines.count - 1] += " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines.joined(separator: "\n" + String(repeating: " ", count: indent))
  }
}

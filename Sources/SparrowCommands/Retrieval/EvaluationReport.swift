import SparrowCore
import SparrowEvaluation

/// Lays out the numbers of a retrieval evaluation for people.
struct EvaluationReport {
  private let result: EvaluationResult
  private let function: SimilarityFunction

  private static let measures = [
    ("nDCG", "ndcg"), ("MRR", "mrr"), ("MAP", "map"), ("accuracy", "accuracy"),
    ("precision", "precision"), ("recall", "recall"),
  ]
  private static let cutoffs = [1, 3, 5, 10, 100]

  /// Reads a result whose ranking is by one function.
  init(_ result: EvaluationResult, function: SimilarityFunction) {
    self.result = result
    self.function = function
  }

  /// A heading, the metrics by cut-off, and how sparse the vectors are.
  func text(heading: String, _ style: TerminalStyle) -> String {
    var table = TextTable([("", .left)] + Self.cutoffs.map { ("@\($0)", .right) })
    for (name, key) in Self.measures {
      table.append(
        [name]
          + Self.cutoffs.map { cutoff in
            result["\(function.rawValue)_\(key)@\(cutoff)"].map { NumberText.fixed($0, 4) } ?? ""
          })
    }
    let lines =
      [style.bold(heading), ""] + table.lines(style) + [
        "", "queries    \(sparsity("query"))", "documents  \(sparsity("corpus"))",
        "FLOPS      \(NumberText.fixed(result["avg_flops"] ?? .nan, 3))",
      ]
    return lines.joined(separator: "\n") + "\n"
  }

  private func sparsity(_ side: String) -> String {
    let active = NumberText.fixed(result["\(side)_active_dims"] ?? .nan, 1)
    let ratio = NumberText.fixed(result["\(side)_sparsity_ratio"] ?? .nan, 4)
    return "\(active) active dimensions, sparsity \(ratio)"
  }
}

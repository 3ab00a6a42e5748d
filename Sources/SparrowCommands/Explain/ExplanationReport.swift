import SparrowRetrieval

/// Lays out explanations for people.
struct ExplanationReport {
  let style: TerminalStyle
  /// How many terms of each list are shown.
  let top: Int

  /// The query's terms, then each document's and what makes its score.
  func text(
    _ query: TextExplanation, _ documents: [(TextExplanation, RetrievedDocument)]
  ) -> String {
    var lines = section("Query", query)
    for (position, (document, match)) in documents.enumerated() {
      lines += [""] + section("Document \(position + 1)", document)
      lines += [""] + matchSection(match, "document \(position + 1)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func section(_ heading: String, _ explanation: TextExplanation) -> [String] {
    let added = NumberText.count(explanation.terms.count { !$0.isInText })
    let count = NumberText.count(explanation.terms.count)
    var lines = [
      "\(style.bold(heading))  \(Self.shortened(explanation.text))",
      style.dim(
        explanation.hasNames
          ? "\(count) terms, \(added) of them (+) added by the model"
          : "\(count) latents; the dimensions of this model have no names"),
    ]
    let shown = explanation.terms.prefix(top)
    let width = shown.map(\.name.count).max() ?? 0
    let largest = Double(shown.first?.weight ?? 1)
    for term in shown {
      let name = term.name + String(repeating: " ", count: width - term.name.count)
      let bar = String(repeating: "▇", count: Int((Double(term.weight) / largest * 24).rounded()))
      let weight = NumberText.fixed(Double(term.weight), 3)
      lines.append(
        term.isInText || !explanation.hasNames
          ? "    \(name)  \(weight)  \(style.cyan(bar))"
          : "  + \(style.green(name))  \(weight)  \(style.green(bar))")
    }
    return lines + remainder(explanation.terms.count)
  }

  private func matchSection(_ match: RetrievedDocument, _ name: String) -> [String] {
    let title =
      "\(style.bold("Score of \(name)"))  \(NumberText.fixed(match.score, 3)) "
      + style.dim("= sum of query weight × document weight")
    guard !match.terms.isEmpty else { return [title, "  no term in common"] }
    var table = TextTable([
      ("  term", .left), ("query", .right), ("document", .right), ("product", .right),
      ("share", .right),
    ])
    for term in match.terms.prefix(top) {
      table.append([
        "  " + term.term, NumberText.fixed(Double(term.queryWeight), 3),
        NumberText.fixed(Double(term.documentWeight), 3), NumberText.fixed(term.product, 3),
        NumberText.percent(term.share),
      ])
    }
    return [title] + table.lines(style) + remainder(match.terms.count)
  }

  private func remainder(_ count: Int) -> [String] {
    guard count > top else { return [] }
    return [style.dim("  … and \(NumberText.count(count - top)) more; --top 0 shows all")]
  }

  /// The beginning of a text on one line.
  static func shortened(_ text: String, to length: Int = 80) -> String {
    let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return line.count > length ? line.prefix(length - 1) + "…" : line
  }
}

import SparrowCore
import SparrowRetrieval

/// Lays out the hits of a search for people.
struct HitReport {
  let style: TerminalStyle

  private static let termCount = 6

  /// Each hit with its score, a piece of its text and the terms that made it match.
  ///
  /// - Parameters:
  ///   - hits: the hits.
  ///   - documentCount: how many documents were searched.
  ///   - isFiltered: whether only some of them could be hits.
  /// - Returns: the lines.
  func text(
    _ hits: [RetrievedDocument], of documentCount: Int, isFiltered: Bool = false
  ) -> String {
    guard !hits.isEmpty else {
      let condition = isFiltered ? " passes the filter and" : ""
      return
        "None of the \(NumberText.count(documentCount)) documents\(condition) shares a term with the query.\n"
    }
    var lines: [String] = []
    for (position, hit) in hits.enumerated() {
      let title = hit.document?.title ?? ""
      let heading =
        title.isEmpty ? hit.id.rawValue : ExplanationReport.shortened(title, to: 76)
      let id = title.isEmpty ? "" : style.dim("  \(hit.id)")
      lines.append("\(position + 1). \(style.bold(heading))\(id)")
      if let text = hit.document?.text {
        lines.append("   " + Snippet(of: text, for: hit.terms).text(marking: style.cyan))
      }
      if hit.isOfOneStage {
        lines.append("   \(NumberText.fixed(hit.score, 2)) = \(terms(hit.terms))")
      } else {
        lines += PipelineReport(hit).lines(style, terms: terms).map { "   " + $0 }
      }
      if !hit.members.isEmpty { lines.append("   " + style.dim(members(hit.members))) }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The same for programs, with the times it took.
  func json(
    _ hits: [RetrievedDocument], of query: String, _ times: RetrievalTimes
  ) -> JSONValue {
    [
      "query": .string(query),
      "encoding_seconds": .number(times.encodingTotal.seconds),
      "search_seconds": .number(times.searchTotal.seconds),
      "reranking_seconds": .number(times.reranking.seconds),
      "hits": .array(
        hits.map { hit in
          var object = JSONObject([
            ("id", .string(hit.id.rawValue)), ("score", .number(hit.score)),
            ("title", .string(hit.document?.title ?? "")),
            ("text", .string(hit.document?.text ?? "")),
            ("fields", .object(hit.members)),
            ("matching_terms", .array(hit.terms.map(\.json))),
          ])
          if !hit.isOfOneStage { object["pipeline"] = PipelineReport(hit).json }
          return .object(object)
        }),
    ]
  }

  /// Fields of a document on one line.
  private func members(_ members: JSONObject) -> String {
    let parts = members.members.map { name, value in
      "\(name)=\(value.string ?? value.text(.compact))"
    }
    return ExplanationReport.shortened(parts.joined(separator: "  "), to: 76)
  }

  private func terms(_ terms: [MatchingTerm]) -> String {
    let shown = terms.prefix(Self.termCount).map { term in
      "\(style.green(term.term)) \(NumberText.percent(term.share))"
    }
    let rest = terms.count - shown.count
    return shown.joined(separator: ", ") + (rest > 0 ? style.dim(", \(rest) more") : "")
  }
}

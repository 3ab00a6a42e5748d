import SparrowCore
import SparrowRetrieval

/// Lays out the way of a hit through a pipeline.
struct PipelineReport {
  private let hit: RetrievedDocument

  init(_ hit: RetrievedDocument) { self.hit = hit }

  /// A table with a row for each step: place, score, what it adds, because of which terms.
  func lines(_ style: TerminalStyle, terms: ([MatchingTerm]) -> String) -> [String] {
    var table = TextTable([
      ("", .left), ("place", .right), ("score", .right), ("adds", .right), ("because of", .left),
    ])
    func place(_ rank: Int?) -> String { rank.map(NumberText.count) ?? "–" }
    let isHybrid = hit.stages.count > 1
    for finding in hit.stages {
      table.append([
        finding.stage, place(finding.rank), finding.score.map { NumberText.fixed($0, 3) } ?? "–",
        isHybrid ? NumberText.fixed(finding.contribution, 4) : "", terms(finding.terms),
      ])
    }
    if isHybrid {
      table.append(["fusion", place(hit.fusedRank), NumberText.fixed(hit.fusedScore, 4), "", ""])
    }
    if let score = hit.rerankingScore {
      table.append(["rerank", place(hit.rank), NumberText.fixed(score, 4), "", ""])
    }
    return table.lines(style)
  }

  /// The same for programs.
  var json: JSONValue {
    func place(_ rank: Int?) -> JSONValue { rank.map { .integer(Int64($0)) } ?? .null }
    func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
    return [
      "rank": place(hit.rank), "fused_rank": place(hit.fusedRank),
      "fused_score": .number(hit.fusedScore), "reranking_score": number(hit.rerankingScore),
      "stages": .array(
        hit.stages.map { finding in
          [
            "name": .string(finding.stage), "rank": place(finding.rank),
            "score": number(finding.score), "contribution": .number(finding.contribution),
            "matching_terms": .array(finding.terms.map(\.json)),
          ]
        }),
    ]
  }
}

extension RetrievedDocument {
  /// Whether its score is that of a single stage.
  var isOfOneStage: Bool { stages.count == 1 && score == fusedScore && rerankingScore == nil }
}

/// What each step of a pipeline took.
package struct RetrievalTimes: Sendable, Hashable {
  /// Encoding queries, by stage.
  package var encoding: [Duration] = []
  /// Searching, by stage.
  package var search: [Duration] = []
  /// Joining the stages' lists.
  package var fusion = Duration.zero
  /// Reranking.
  package var reranking = Duration.zero

  /// Encoding queries in all stages.
  package var encodingTotal: Duration { encoding.reduce(.zero, +) }
  /// Searching in all stages, and joining what they found.
  package var searchTotal: Duration { search.reduce(fusion, +) }
}

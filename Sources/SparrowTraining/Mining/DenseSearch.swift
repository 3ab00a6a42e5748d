public import SparrowCore
public import SparrowTensor

/// Searches and judges with dense vectors, by comparing every query with every document.
///
/// The vectors come from a closure, so that any dense encoder serves; they are compared by dot
/// product, and so by cosine when they have length 1. Memory: all vectors, and the scores of 256
/// queries at a time.
public struct DenseSearch: CandidateSearch, RelevanceScorer {
  /// Turns texts of a role into vectors `[texts, width]` float32.
  public typealias Embedding = (
    _ texts: [String], _ role: TextRole, _ progress: ProgressReporter?
  ) throws -> Tensor

  private let embed: Embedding
  private static let queryChunk = 256

  /// Makes a search.
  public init(_ embed: @escaping Embedding) { self.embed = embed }

  /// Embeds the documents.
  public func prepare(
    _ documents: [String], progress: ProgressReporter?
  ) throws -> any PreparedSearch {
    let vectors = try withoutGradients { try embed(documents, .document, progress) }
    return Prepared(search: self, documents: vectors)
  }

  /// Embeds each different text once and compares row by row.
  public func scores(
    queries: [String], documents: [String], progress: ProgressReporter?
  ) throws -> [Float] {
    try withoutGradients {
      let distinctQueries = DistinctTexts(queries)
      let distinctDocuments = DistinctTexts(documents)
      return try Self.pairwise(
        embed(distinctQueries.texts, .query, progress), distinctQueries.places,
        embed(distinctDocuments.texts, .document, progress), distinctDocuments.places)
    }
  }

  private static func pairwise(
    _ left: Tensor, _ leftRows: [Int], _ right: Tensor, _ rightRows: [Int]
  ) throws -> [Float] {
    guard !leftRows.isEmpty else { return [] }
    let leftValues = try left.selected(Tensor(leftRows.map { Int64($0) }))
    let rightValues = try right.selected(Tensor(rightRows.map { Int64($0) }))
    return try (leftValues * rightValues).sum(1).values()
  }

  private struct Prepared: PreparedSearch {
    let search: DenseSearch
    let documents: Tensor

    func candidates(
      for queries: [String], count: Int, progress: ProgressReporter?
    ) throws -> [[Candidate]] {
      try withoutGradients {
        let vectors = try search.embed(queries, .query, progress)
        let kept = min(count, documents.shape[0])
        let columns = try documents.transposed(0, 1)
        var result: [[Candidate]] = []
        for start in stride(from: 0, to: queries.count, by: DenseSearch.queryChunk) {
          try Task.checkCancellation()
          let range = start..<min(start + DenseSearch.queryChunk, queries.count)
          let scores = try vectors.narrowed(0, range).matmul(columns)
          let (values, places) = try scores.largest(kept)
          let flatValues = try values.values(as: Float.self)
          let flatPlaces = try places.values(as: Int64.self)
          for row in 0..<range.count {
            result.append(
              (row * kept..<(row + 1) * kept).map {
                Candidate(document: Int(flatPlaces[$0]), score: flatValues[$0])
              })
          }
        }
        return result
      }
    }

    func scores(of pairs: [(query: String, document: Int)]) throws -> [Float] {
      try withoutGradients {
        let queries = DistinctTexts(pairs.map(\.query))
        return try DenseSearch.pairwise(
          search.embed(queries.texts, .query, nil), queries.places, documents, pairs.map(\.document)
        )
      }
    }
  }
}

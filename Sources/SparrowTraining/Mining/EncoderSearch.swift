public import SparrowCore
import SparrowIndex

/// Searches and judges with a sparse encoder or BM25.
///
/// ```swift
/// let miner = try HardNegativeMiner()
/// let result = try miner.mine(pairs, search: EncoderSearch(encoder))
/// ```
public struct EncoderSearch: CandidateSearch, RelevanceScorer {
  private let encoder: any SparseEncoding
  private let similarity: SimilarityFunction

  /// Makes a search; similarity is the encoder's own unless said otherwise.
  ///
  /// - Throws: ``TrainingError/Code/invalidArgument`` for a distance: an index finds by dot product
  ///   or cosine.
  public init(
    _ encoder: any SparseEncoding, similarity: SimilarityFunction? = nil
  ) throws(TrainingError) {
    self.encoder = encoder
    self.similarity = similarity ?? encoder.similarity
    guard !self.similarity.isNegatedDistance else {
      throw TrainingError(
        .invalidArgument,
        "Candidates are searched by 'dot' or 'cosine'; found '\(self.similarity.rawValue)'.")
    }
  }

  /// Encodes documents and builds an index in memory.
  public func prepare(
    _ documents: [String], progress: ProgressReporter?
  ) throws -> any PreparedSearch {
    let vectors = try encode(documents, .document, progress)
    // Identifiers of equal length, so that equal scores keep the order of the list.
    let ids = documents.indices.map { DocumentID(Self.digits(of: $0)) }
    return Prepared(
      search: self, vectors: vectors, index: try InvertedIndex(documents: ids, vectors: vectors))
  }

  /// Encodes each different text once and compares row by row.
  public func scores(
    queries: [String], documents: [String], progress: ProgressReporter?
  ) throws -> [Float] {
    let distinctQueries = DistinctTexts(queries)
    let distinctDocuments = DistinctTexts(documents)
    let left = try encode(distinctQueries.texts, .query, progress)
    let right = try encode(distinctDocuments.texts, .document, progress)
    return zip(distinctQueries.places, distinctDocuments.places).map { left[$0].dot(right[$1]) }
  }

  private struct Prepared: PreparedSearch {
    let search: EncoderSearch
    let vectors: SparseMatrix
    let index: InvertedIndex

    func candidates(
      for queries: [String], count: Int, progress: ProgressReporter?
    ) throws -> [[Candidate]] {
      let rows = try search.encode(queries, .query, progress)
      return try (0..<rows.rowCount).map { row in
        try index.search(rows[row], count: count).map {
          Candidate(document: Int($0.id.rawValue) ?? 0, score: Float($0.score))
        }
      }
    }

    func scores(of pairs: [(query: String, document: Int)]) throws -> [Float] {
      let queries = DistinctTexts(pairs.map(\.query))
      let rows = try search.encode(queries.texts, .query, nil)
      return zip(queries.places, pairs).map { rows[$0].dot(vectors[$1.document]) }
    }
  }

  /// Vectors of texts, of length 1 when they are compared by cosine.
  private func encode(
    _ texts: [String], _ role: TextRole, _ progress: ProgressReporter?
  ) throws -> SparseMatrix {
    let vectors = try encoder.encode(
      texts, role: role, options: EncodingOptions(progress: progress))
    guard similarity == .cosine else { return vectors }
    var unit = SparseMatrix(columnCount: vectors.columnCount)
    for row in 0..<vectors.rowCount {
      let vector = vectors[row]
      let length = vector.values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      try unit.append(
        SparseVector(
          dimension: vector.dimension, indices: vector.indices,
          values: vector.values.map { length > 0 ? Float(Double($0) / length) : $0 }))
    }
    return unit
  }

  private static func digits(of number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 12 - digits.count)) + digits
  }
}

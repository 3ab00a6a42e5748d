import SparrowCore
import SparrowIndex

/// A dense encoder over the vectors of all documents.
struct DenseSource: CandidateSource {
  private let encoder: any DenseEncoding
  private let isCosine: Bool
  private let index: DenseIndex

  /// How many documents are encoded at once.
  private static let windowDocumentCount = 4096

  init(
    encoder: any DenseEncoding, documentEncoder: any DenseEncoding, documents: [Document],
    storage: DensePrecision, similarity: SimilarityFunction,
    progress: ProgressReporter?
  ) throws {
    guard documentEncoder.dimension == encoder.dimension else {
      throw RetrievalError(
        .usage,
        "Queries have \(encoder.dimension) numbers and documents \(documentEncoder.dimension); both need the same model."
      )
    }
    guard !similarity.isNegatedDistance else {
      throw RetrievalError(
        .usage,
        "A dense stage compares by 'dot' or 'cosine'; found '\(similarity.rawValue)'.")
    }
    var builder = try DenseIndexBuilder(dimension: encoder.dimension, precision: storage)
    for start in stride(from: 0, to: documents.count, by: Self.windowDocumentCount) {
      let window = documents[start..<min(start + Self.windowDocumentCount, documents.count)]
      let vectors = try documentEncoder.encode(
        window.map(\.content), role: .document,
        progress: progress.map {
          ProgressUpdate.counting(from: start, of: documents.count, $0)
        })
      for (row, document) in window.enumerated() {
        try builder.add(
          document.id, similarity == .cosine ? Self.unit(vectors[row]) : Array(vectors[row]))
      }
    }
    self.encoder = encoder
    isCosine = similarity == .cosine
    index = builder.build()
  }

  var snapshot: IndexSnapshot? { nil }
  var documentCount: Int { index.documentCount }

  func search(
    _ queries: [String], options: SearchOptions, threadCount: Int?, progress: ProgressReporter?
  ) throws -> SourceResult {
    guard options.filter == nil else {
      throw RetrievalError(
        .usage, "Dense stages keep no fields to filter by. Filter a retriever of sparse stages.")
    }
    let clock = ContinuousClock()
    let start = clock.now
    let rows = try encoder.encode(queries, role: .query, progress: progress)
    let vectors = queries.indices.map { isCosine ? Self.unit(rows[$0]) : Array(rows[$0]) }
    let middle = clock.now
    let candidates = try vectors.map {
      try index.search($0, count: options.count, threadCount: threadCount)
    }
    return SourceResult(
      queries: vectors.map { DenseQuery(vector: $0, index: index) }, candidates: candidates,
      encodingTime: middle - start, searchTime: clock.now - middle)
  }

  func document(_ id: DocumentID) throws -> CollectionDocument? { nil }

  /// A vector of length 1; one of zeros stays.
  private static func unit(_ vector: ArraySlice<Float>) -> [Float] {
    let length = vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    return length > 0 ? vector.map { Float(Double($0) / length) } : Array(vector)
  }
}

/// A query's dense vector.
private struct DenseQuery: EncodedQuery {
  let vector: [Float]
  let index: DenseIndex

  func match(_ id: DocumentID) throws -> (score: Double, terms: [MatchingTerm])? {
    try index.score(vector, of: id).map { ($0, []) }
  }
}

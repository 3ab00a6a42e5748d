public import SparrowCore
public import SparrowIndex

/// Searches with BM25, whose statistics come from the documents to be searched.
///
/// Its negatives share words with the query, which is what a learned model should not be fooled by;
/// they need no model at all.
public struct BM25Search: CandidateSearch {
  private let configuration: BM25Configuration

  /// Makes a search.
  public init(_ configuration: BM25Configuration = BM25Configuration()) {
    self.configuration = configuration
  }

  /// Gathers the documents' statistics and builds an index in memory.
  public func prepare(
    _ documents: [String], progress: ProgressReporter?
  ) throws -> any PreparedSearch {
    let encoder = try BM25Encoder(
      fitting: documents, configuration: configuration, progress: progress)
    return try EncoderSearch(encoder).prepare(documents, progress: progress)
  }
}

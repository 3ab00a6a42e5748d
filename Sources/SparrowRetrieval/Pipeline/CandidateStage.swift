public import SparrowCore
public import SparrowIndex

/// One way of finding candidates for a query: an encoder, and an index of the vectors that it made.
///
/// Sparse stages serve learned models, inference-free ones and BM25 alike; dense stages compare the
/// query with all documents. A ``Retriever`` has one stage or joins several.
///
/// ```swift
/// let sparse = try CandidateStage(name: "sparse", encoder: splade, documents: documents)
/// let dense = try CandidateStage(
///   name: "dense", encoder: miniLM, documents: documents, storage: .float16)
/// ```
public struct CandidateStage {
  /// How many candidates a stage hands on unless said otherwise.
  public static let standardDepth = 100

  /// What the stage is called in explanations and reports.
  public let name: String
  /// How many candidates it hands on to be joined with those of others; a stage that is alone hands
  /// on as many as are asked for.
  public let depth: Int
  /// What searches.
  let source: any CandidateSource

  /// The documents' vectors when they are sparse, nil when they are dense.
  public var snapshot: IndexSnapshot? { source.snapshot }

  /// Joins a sparse encoder and an index of vectors that it made.
  ///
  /// - Parameters:
  ///   - name: what the stage is called.
  ///   - encoder: turns queries into vectors.
  ///   - snapshot: the documents' vectors, in memory or on disk.
  ///   - depth: how many candidates it hands on; 100 by default.
  ///   - options: how queries are encoded; progress is not reported.
  /// - Throws: ``RetrievalError`` when the dimensions differ or the depth is below 1.
  public init(
    name: String = "sparse", encoder: any SparseEncoding, snapshot: IndexSnapshot,
    depth: Int = standardDepth, options: EncodingOptions = EncodingOptions()
  ) throws(RetrievalError) {
    guard encoder.dimension == snapshot.dimension else {
      throw RetrievalError(
        .usage,
        "The index has \(snapshot.dimension) dimensions and the encoder \(encoder.dimension); the documents were encoded by another model. Encode them again."
      )
    }
    try self.init(
      name, depth, SparseSource(encoder: encoder, index: snapshot, options: options))
  }

  /// Encodes documents by a sparse encoder and makes an index of them in memory.
  ///
  /// - Parameters:
  ///   - name: what the stage is called.
  ///   - encoder: turns texts into vectors.
  ///   - documentEncoder: encodes the documents in its place, for example from a cache; nil, the
  ///     default, leaves them to `encoder`.
  ///   - documents: what can be found; each is encoded as title, a space, text.
  ///   - depth: how many candidates it hands on; 100 by default.
  ///   - options: how documents and queries are encoded.
  /// - Throws: whatever the encoder throws; `IndexError` when an identifier repeats;
  ///   ``RetrievalError`` when the depth is below 1; `CancellationError` when the task was cancelled.
  public init(
    name: String = "sparse", encoder: any SparseEncoding,
    documentEncoder: (any SparseEncoding)? = nil, documents: [Document],
    depth: Int = standardDepth, options: EncodingOptions = EncodingOptions()
  ) throws {
    let vectors = try (documentEncoder ?? encoder).encode(
      documents.map(\.content), role: .document, options: options)
    let index = try InvertedIndex(documents: documents.map(\.id), vectors: vectors)
    try self.init(
      name: name, encoder: encoder, snapshot: index.snapshot, depth: depth, options: options)
  }

  /// Encodes documents by a dense encoder and keeps the vectors in memory.
  ///
  /// - Parameters:
  ///   - name: what the stage is called.
  ///   - encoder: turns texts into vectors.
  ///   - documentEncoder: encodes the documents in its place, for example from a cache; nil, the
  ///     default, leaves them to `encoder`.
  ///   - documents: what can be found; each is encoded as title, a space, text.
  ///   - depth: how many candidates it hands on; 100 by default.
  ///   - storage: how numbers are stored; float32 by default.
  ///   - similarity: the dot product or the cosine; nil, the default, takes the encoder's own.
  ///   - progress: receives reports while documents are encoded.
  /// - Throws: whatever the encoder throws; `IndexError` when an identifier repeats or a number does
  ///   not fit; ``RetrievalError`` when the depth is below 1 or the similarity is a distance;
  ///   `CancellationError` when the task was cancelled.
  public init(
    name: String = "dense", encoder: any DenseEncoding,
    documentEncoder: (any DenseEncoding)? = nil, documents: [Document],
    depth: Int = standardDepth, storage: DensePrecision = .float32,
    similarity: SimilarityFunction? = nil, progress: ProgressReporter? = nil
  ) throws {
    let source = try DenseSource(
      encoder: encoder, documentEncoder: documentEncoder ?? encoder, documents: documents,
      storage: storage,
      similarity: similarity ?? encoder.similarity, progress: progress)
    try self.init(name, depth, source)
  }

  private init(
    _ name: String, _ depth: Int, _ source: any CandidateSource
  ) throws(RetrievalError) {
    guard depth >= 1 else {
      throw RetrievalError(
        .usage, "A stage hands on 1 candidate or more; '\(name)' has a depth of \(depth).")
    }
    self.name = name
    self.depth = depth
    self.source = source
  }
}

/// Which side of retrieval a text is on.
public enum TextRole: String, Sendable, Hashable, CaseIterable {
  /// A search request.
  case query
  /// Something to be found.
  case document
}

/// Settings of one encoding call.
public struct EncodingOptions: Sendable {
  /// Keep at most this many weights a text, the largest; nil keeps all (or the model's own limit).
  public var maxActiveDimensions: Int?
  /// Put before every text instead of the model's own prompt; nil keeps that.
  ///
  /// Encoders that know no prompts, such as BM25, do not look at it.
  public var prompt: String?
  /// Receives reports while encoding; nil reports nothing.
  public var progress: ProgressReporter?

  /// Makes options; the defaults limit and report nothing.
  public init(
    maxActiveDimensions: Int? = nil, prompt: String? = nil, progress: ProgressReporter? = nil
  ) {
    self.maxActiveDimensions = maxActiveDimensions
    self.prompt = prompt
    self.progress = progress
  }
}

/// Anything that turns texts into sparse vectors of one space: a learned model, or BM25.
///
/// Implementations check for task cancellation between batches and throw `CancellationError`.
public protocol SparseEncoding {
  /// The size of the space, `V`.
  var dimension: Int { get }
  /// Encodes texts of the given role; row `i` of the result belongs to `texts[i]`.
  func encode(_ texts: [String], role: TextRole, options: EncodingOptions) throws -> SparseMatrix
  /// Encodes texts that are on neither side of retrieval, such as the two sentences of a pair.
  ///
  /// Unless a conforming type says otherwise they are encoded as documents.
  func encode(_ texts: [String], options: EncodingOptions) throws -> SparseMatrix
  /// The term a dimension stands for, nil when it has no name.
  func term(_ index: TokenID) -> String?
  /// How vectors of this space are meant to be compared; the dot product unless a conforming type
  /// says otherwise.
  var similarity: SimilarityFunction { get }
}

extension SparseEncoding {
  /// Encodes texts as documents.
  public func encode(_ texts: [String], options: EncodingOptions) throws -> SparseMatrix {
    try encode(texts, role: .document, options: options)
  }

  /// The dot product.
  public var similarity: SimilarityFunction { .dot }
}

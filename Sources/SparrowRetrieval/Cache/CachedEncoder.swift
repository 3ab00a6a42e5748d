public import SparrowCore

/// An encoder that looks a text's vector up in a cache before it encodes the text.
///
/// A vector from the cache is, bit for bit, the one that was stored. Texts that occur several times in
/// one call are encoded once.
///
/// ```swift
/// let cache = try EmbeddingCache(folder: cacheFolder)
/// let cached = try CachedEncoder(encoder, space: .model(in: modelFolder), cache: cache)
/// let vectors = try cached.encode(texts, role: .document, options: EncodingOptions())
/// print(cache.statistics.hitCount)
/// ```
public struct CachedEncoder: SparseEncoding {
  private let encoder: any SparseEncoding
  private let cache: EmbeddingCache
  private let space: VectorSpace

  /// Puts a cache before an encoder.
  ///
  /// - Parameters:
  ///   - encoder: encodes what the cache does not have.
  ///   - space: the model and the settings by which the encoder works; part of every key.
  ///   - cache: keeps vectors of this and other spaces.
  /// - Throws: ``RetrievalError`` for BM25, whose space does not tell its statistics and which encodes
  ///   faster than a cache answers.
  public init(
    _ encoder: any SparseEncoding, space: VectorSpace, cache: EmbeddingCache
  ) throws(RetrievalError) {
    guard space.encoder != .bm25 else {
      throw RetrievalError(.usage, "A cache is for models; BM25 encodes faster than it answers.")
    }
    self.encoder = encoder
    self.cache = cache
    self.space = space
  }

  /// The size of the space, `V`.
  public var dimension: Int { encoder.dimension }
  /// How vectors are meant to be compared.
  public var similarity: SimilarityFunction { encoder.similarity }

  /// The term a dimension stands for.
  public func term(_ index: TokenID) -> String? { encoder.term(index) }

  /// Encodes texts of a role.
  ///
  /// - Throws: what the encoder throws; a cache that cannot be read or written is none
  ///   (``EmbeddingCache/failure``).
  public func encode(
    _ texts: [String], role: TextRole, options: EncodingOptions
  ) throws -> SparseMatrix {
    try encode(texts, role: role.rawValue, options: options) { missing, options in
      try encoder.encode(missing, role: role, options: options)
    }
  }

  /// Encodes texts without a role.
  ///
  /// - Throws: as ``encode(_:role:options:)``.
  public func encode(_ texts: [String], options: EncodingOptions) throws -> SparseMatrix {
    try encode(texts, role: "", options: options) { missing, options in
      try encoder.encode(missing, options: options)
    }
  }

  private func encode(
    _ texts: [String], role: String, options: EncodingOptions,
    _ compute: ([String], EncodingOptions) throws -> SparseMatrix
  ) throws -> SparseMatrix {
    let lookup = CacheLookup(cache: cache, bytes: VectorPayload.bytes) { payload in
      VectorPayload.sparseVector(payload, dimension: dimension)
    }
    let rows = try lookup.vectors(
      of: texts, prefix: keyPrefix(role: role, options), progress: options.progress
    ) { missing, progress in
      var options = options
      options.progress = progress
      let computed = try compute(missing, options)
      return (0..<computed.rowCount).map { computed[$0] }
    }
    return try SparseMatrix(columnCount: dimension, rows: rows)
  }

  /// What stands before a text when its key is made: everything else that its vector depends on.
  private func keyPrefix(role: String, _ options: EncodingOptions) -> [UInt8] {
    let prompt = options.prompt.map { "prompt \($0.utf8.count) \($0)" } ?? "model's prompt"
    let limit = options.maxActiveDimensions.map(String.init) ?? "none"
    return Array("\(space.identity)\n\(role)\n\(limit)\n\(prompt)\n".utf8)
  }
}

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

  /// After so many texts vectors are stored.
  private static let storedTextCount = 1024

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
    let prefix = keyPrefix(role: role, options)
    let keys = texts.map { VectorKey(prefix: prefix, text: $0) }
    var vectors = cache.vectors(for: keys, dimension: dimension)
    var seen: Set<VectorKey> = []
    let missing = keys.indices.filter { vectors[keys[$0]] == nil && seen.insert(keys[$0]).inserted }
    var rest = missing[...]
    while !rest.isEmpty {
      // What ends the work later does not take these back.
      let part = rest.prefix(Self.storedTextCount)
      let computed = try compute(
        part.map { texts[$0] }, counting(from: texts.count - rest.count, of: texts.count, options))
      let entries = zip(part, 0..<computed.rowCount).map { (key: keys[$0], vector: computed[$1]) }
      for (key, vector) in entries { vectors[key] = vector }
      cache.store(entries)
      rest = rest.dropFirst(part.count)
    }
    var result = SparseMatrix(columnCount: dimension)
    for key in keys {
      if let vector = vectors[key] { try result.append(vector) }
    }
    return result
  }

  /// What stands before a text when its key is made: everything else that its vector depends on.
  private func keyPrefix(role: String, _ options: EncodingOptions) -> [UInt8] {
    let prompt = options.prompt.map { "prompt \($0.utf8.count) \($0)" } ?? "model's prompt"
    let limit = options.maxActiveDimensions.map(String.init) ?? "none"
    return Array("\(space.identity)\n\(role)\n\(limit)\n\(prompt)\n".utf8)
  }

  private func counting(
    from base: Int, of total: Int, _ options: EncodingOptions
  ) -> EncodingOptions {
    guard let progress = options.progress else { return options }
    var options = options
    options.progress = { update in
      var update = update
      update.completed += base
      update.total = total
      progress(update)
    }
    return options
  }
}

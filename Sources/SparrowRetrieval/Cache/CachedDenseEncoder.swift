public import SparrowCore

/// A dense encoder that looks a text's vector up in a cache before it encodes the text.
///
/// A vector from the cache is, bit for bit, the one that was stored.
///
/// ```swift
/// let cached = CachedDenseEncoder(miniLM, space: try .model(in: folder), cache: cache)
/// let stage = try CandidateStage(encoder: miniLM, documentEncoder: cached, documents: documents)
/// ```
public struct CachedDenseEncoder: DenseEncoding {
  private let encoder: any DenseEncoding
  private let cache: EmbeddingCache
  private let space: VectorSpace

  /// Puts a cache before an encoder.
  ///
  /// - Parameters:
  ///   - encoder: encodes what the cache does not have.
  ///   - space: the model and the settings by which the encoder works; part of every key.
  ///   - cache: keeps vectors of this and other spaces.
  public init(_ encoder: any DenseEncoding, space: VectorSpace, cache: EmbeddingCache) {
    self.encoder = encoder
    self.cache = cache
    self.space = space
  }

  /// The size of the vectors.
  public var dimension: Int { encoder.dimension }
  /// How the vectors are meant to be compared.
  public var similarity: SimilarityFunction { encoder.similarity }

  /// Encodes texts.
  ///
  /// - Throws: what the encoder throws; a cache that cannot be read or written is none
  ///   (``EmbeddingCache/failure``).
  public func encode(
    _ texts: [String], role: TextRole?, progress: ProgressReporter?
  ) throws -> DenseMatrix {
    let lookup = CacheLookup(cache: cache, bytes: VectorPayload.bytes) { payload in
      VectorPayload.numbers(payload, dimension: dimension)
    }
    let prefix = Array("\(space.identity)\ndense \(role?.rawValue ?? "")\n".utf8)
    let rows = try lookup.vectors(of: texts, prefix: prefix, progress: progress) {
      missing, progress in
      let computed = try encoder.encode(missing, role: role, progress: progress)
      return (0..<computed.rowCount).map { computed[$0] }
    }
    return try DenseMatrix(columnCount: dimension, values: rows.flatMap(\.self))
  }
}

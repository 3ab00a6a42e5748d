import SparrowCore

/// Takes the vectors of texts from a cache, and has those computed that it lacks.
struct CacheLookup<Vector> {
  let cache: EmbeddingCache
  /// A vector as bytes.
  let bytes: (Vector) -> [UInt8]
  /// Reads a vector, nil when the bytes are none.
  let vector: ([UInt8]) -> Vector?

  /// After so many texts vectors are stored.
  private static var storedTextCount: Int { 1024 }

  /// The vectors of texts in order; a text that occurs several times is computed once.
  ///
  /// - Parameters:
  ///   - texts: the texts.
  ///   - prefix: everything else that a vector depends on, before the text in its key.
  ///   - progress: receives reports that count all texts, also those that are there.
  ///   - compute: makes the vectors of some texts.
  /// - Returns: one vector a text.
  /// - Throws: what computing throws.
  func vectors(
    of texts: [String], prefix: [UInt8], progress: ProgressReporter?,
    compute: ([String], ProgressReporter?) throws -> [Vector]
  ) throws -> [Vector] {
    let keys = texts.map { VectorKey(prefix: prefix, text: $0) }
    var vectors = cache.payloads(for: keys).compactMapValues(vector)
    var seen: Set<VectorKey> = []
    let missing = keys.indices.filter { vectors[keys[$0]] == nil && seen.insert(keys[$0]).inserted }
    var rest = missing[...]
    while !rest.isEmpty {
      // What ends the work later does not take these back.
      let part = rest.prefix(Self.storedTextCount)
      let known = texts.count - rest.count
      let computed = try compute(
        part.map { texts[$0] },
        progress.map { ProgressUpdate.counting(from: known, of: texts.count, $0) })
      let entries = zip(part, computed).map { (key: keys[$0], vector: $1) }
      for (key, vector) in entries { vectors[key] = vector }
      cache.store(entries.map { ($0.key, bytes($0.vector)) })
      rest = rest.dropFirst(part.count)
    }
    return keys.compactMap { vectors[$0] }
  }
}

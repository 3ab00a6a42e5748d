import Foundation
import SparrowCore
import SparrowModels
import SparrowRetrieval
import SparrowTestSupport
import Synchronization
import Testing

@Suite struct EmbeddingCacheTests {
  /// Makes a vector of a text's bytes and counts what it was asked for.
  private final class StubEncoder: SparseEncoding {
    let dimension = 1000
    private(set) var encoded: [String] = []

    func encode(_ texts: [String], role: TextRole, options: EncodingOptions) throws -> SparseMatrix
    {
      encoded += texts
      let seed: UInt32 = role == .query ? 7 : 11
      let rows = try texts.map { text in
        var weights: [TokenID: Float] = [:]
        var state = seed
        for byte in (options.prompt ?? "").utf8 + Array(text.utf8) {
          state = state &* 1_664_525 &+ 1_013_904_223 &+ UInt32(byte)
          weights[state % 1000] = Float(state >> 8) / 3
        }
        let indices = weights.keys.sorted()
        let vector = try SparseVector(
          dimension: dimension, indices: indices, values: indices.map { weights[$0] ?? 0 })
        return options.maxActiveDimensions.map(vector.keepingLargest) ?? vector
      }
      return try SparseMatrix(columnCount: dimension, rows: rows)
    }

    func term(_ index: TokenID) -> String? { nil }
  }

  private func space(in folder: URL, weights: String = "weights") throws -> VectorSpace {
    let model = folder.appendingPathComponent("model-\(weights)")
    try FileManager.default.createDirectory(at: model, withIntermediateDirectories: true)
    try Data(weights.utf8).write(to: model.appendingPathComponent("model.safetensors"))
    return try VectorSpace.model(in: model)
  }

  private func texts(_ range: Range<Int>) -> [String] {
    range.map { "text \($0) \(String(repeating: "word\($0 % 13) ", count: $0 % 29))" }
  }

  @Test func `cached vectors equal fresh ones bit for bit, and are not computed again`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let stub = StubEncoder()
      let space = try space(in: folder)
      let place = folder.appendingPathComponent("cache")
      var generator = MersenneTwister(seed: 5)
      for round in 0..<6 {
        // A new cache each round: what counts is what is on the disk.
        let cache = try EmbeddingCache(folder: place)
        let cached = try CachedEncoder(stub, space: space, cache: cache)
        for role in TextRole.allCases {
          for options in [
            EncodingOptions(), EncodingOptions(maxActiveDimensions: 3),
            EncodingOptions(prompt: "query: "), EncodingOptions(prompt: ""),
          ] {
            let batch = (0..<50).map { _ in texts(0..<40)[Int(generator.next() % 40)] } + [""]
            let expected = try StubEncoder().encode(batch, role: role, options: options)
            #expect(try cached.encode(batch, role: role, options: options) == expected)
          }
        }
        #expect(cache.failure == nil)
        #expect(round < 5 || cache.statistics.hitCount > 350, "\(cache.statistics)")
      }
      // 41 texts, two roles, four kinds of options at the most.
      #expect(stub.encoded.count <= 41 * 8)
    }
  }

  @Test func `dense vectors are kept bit for bit as well, beside sparse ones`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let space = try space(in: folder)
      let cache = try EmbeddingCache(folder: folder.appendingPathComponent("cache"))
      let table = DenseTable(vectors: ["a": [1 / 3, -0.0], "b": [.greatestFiniteMagnitude, 2]])
      let texts = ["a", "b", "a", "c"]
      let sparse = try CachedEncoder(StubEncoder(), space: space, cache: cache)
        .encode(texts, role: .document, options: EncodingOptions())
      let expected = try table.encode(texts, role: .document, progress: nil)
      for (role, hits) in [(TextRole.document, 0), (.document, 4), (.query, 4), (.query, 8)] {
        let cached = CachedDenseEncoder(table, space: space, cache: cache)
        let found = try cached.encode(texts, role: role, progress: nil)
        #expect(found.values.map(\.bitPattern) == expected.values.map(\.bitPattern))
        #expect(cache.statistics.hitCount == hits)
      }
      // Nothing to compute with: all must come from the cache.
      let empty = CachedDenseEncoder(DenseTable(vectors: [:]), space: space, cache: cache)
      #expect(try empty.encode(texts, role: .document, progress: nil) == expected)
      let again = try CachedEncoder(StubEncoder(), space: space, cache: cache)
        .encode(texts, role: .document, options: EncodingOptions())
      #expect(again == sparse && cache.statistics.vectorCount == 9)
    }
  }

  @Test func `another model, another setting and another role share nothing`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let cache = try EmbeddingCache(folder: folder.appendingPathComponent("cache"))
      let stub = StubEncoder()
      var short = try space(in: folder)
      short.maximumLength = 8
      let spaces = try [space(in: folder), space(in: folder, weights: "other"), short]
      for space in spaces {
        let cached = try CachedEncoder(stub, space: space, cache: cache)
        for role in TextRole.allCases {
          _ = try cached.encode(["one"], role: role, options: EncodingOptions())
        }
        _ = try cached.encode(["one"], options: EncodingOptions())
      }
      #expect(cache.statistics.hitCount == 0)
      #expect(stub.encoded.count == 9)
      #expect(cache.statistics.vectorCount == 9)
    }
  }

  @Test func `the limit is kept and what was used last stays`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let place = folder.appendingPathComponent("cache")
      let cache = try EmbeddingCache(folder: place, byteLimit: 64 << 10)
      let cached = try CachedEncoder(StubEncoder(), space: space(in: folder), cache: cache)
      for start in stride(from: 0, to: 2000, by: 50) {
        let batch = texts(start..<(start + 50))
        _ = try cached.encode(batch, role: .document, options: EncodingOptions())
        #expect(cache.statistics.byteCount <= 64 << 10)
      }
      #expect(cache.failure == nil)
      let before = cache.statistics
      _ = try cached.encode(texts(1960..<2000), role: .document, options: EncodingOptions())
      #expect(cache.statistics.hitCount == before.hitCount + 40)
      _ = try cached.encode(texts(0..<40), role: .document, options: EncodingOptions())
      #expect(cache.statistics.missCount == before.missCount + 40)
    }
  }

  @Test func `damaged files give misses, never other vectors`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let place = folder.appendingPathComponent("cache")
      let space = try space(in: folder)
      let batch = texts(0..<60)
      let expected = try StubEncoder().encode(batch, role: .document, options: EncodingOptions())
      func run() throws -> EmbeddingCache {
        let cache = try EmbeddingCache(folder: place)
        let cached = try CachedEncoder(StubEncoder(), space: space, cache: cache)
        #expect(try cached.encode(batch, role: .document, options: EncodingOptions()) == expected)
        #expect(cache.failure == nil)
        return cache
      }
      _ = try run()
      var generator = MersenneTwister(seed: 3)
      for round in 0..<40 {
        let names = try FileManager.default.contentsOfDirectory(atPath: place.path)
          .filter { $0 != "LOCK" }.sorted()
        let file = place.appendingPathComponent(names[round % names.count])
        var bytes = try Data(contentsOf: file)
        if round % 3 == 0 {
          bytes = bytes.prefix(Int(generator.next()) % bytes.count)
        } else {
          bytes[Int(generator.next()) % bytes.count] ^= UInt8(1 << (generator.next() % 8))
        }
        try bytes.write(to: file)
        _ = try run()
        #expect(try run().statistics.missCount == 0, "round \(round), \(file.lastPathComponent)")
      }
    }
  }

  @Test func `caches that share a folder learn from each other`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let place = folder.appendingPathComponent("cache")
      let space = try space(in: folder)
      let batch = texts(0..<200)
      let expected = try StubEncoder().encode(batch, role: .document, options: EncodingOptions())
      let wrong = Atomic<Int>(0)
      DispatchQueue.concurrentPerform(iterations: 4) { worker in
        // Each worker has a cache of its own, as a process would, and another order of texts.
        do {
          let cache = try EmbeddingCache(folder: place)
          let cached = try CachedEncoder(StubEncoder(), space: space, cache: cache)
          for step in 0..<20 {
            let rows = (0..<10).map { ($0 * 20 + step * (worker + 1)) % 200 }
            let vectors = try cached.encode(
              rows.map { batch[$0] }, role: .document, options: EncodingOptions())
            if vectors != expected.selectingRows(rows) { wrong.add(1, ordering: .relaxed) }
          }
          if cache.failure != nil { wrong.add(1, ordering: .relaxed) }
        } catch {
          wrong.add(1, ordering: .relaxed)
        }
      }
      #expect(wrong.load(ordering: .relaxed) == 0)
      let cache = try EmbeddingCache(folder: place)
      let cached = try CachedEncoder(StubEncoder(), space: space, cache: cache)
      #expect(try cached.encode(batch, role: .document, options: EncodingOptions()) == expected)
      #expect(cache.statistics.hitCount == 200)
    }
  }

  @Test func `folders of other things and tiny limits are refused`() throws {
    try Fixtures.withTemporaryFolder { folder in
      try Data("mine".utf8).write(to: folder.appendingPathComponent("notes"))
      let error = #expect(throws: RetrievalError.self) { try EmbeddingCache(folder: folder) }
      #expect(error?.category == .usage)
      let place = folder.appendingPathComponent("cache")
      #expect(throws: RetrievalError.self) { try EmbeddingCache(folder: place, byteLimit: 1000) }
      let cache = try EmbeddingCache(folder: place)
      #expect(throws: RetrievalError.self) {
        try CachedEncoder(StubEncoder(), space: .bm25(), cache: cache)
      }
    }
  }
}

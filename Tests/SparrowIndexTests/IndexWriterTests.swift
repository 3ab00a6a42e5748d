import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@testable import IndexCrashChild
@testable import SparrowIndex

@Suite struct IndexWriterTests {
  private func vector(_ entries: KeyValuePairs<TokenID, Float>) throws -> SparseVector {
    try SparseVector(dimension: 6, indices: entries.map(\.key), values: entries.map(\.value))
  }

  /// The files of an index other than manifest and lock.
  private func files(_ folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { !["MANIFEST", "LOCK"].contains($0) }.sorted()
  }

  @Test func `random changes give what a dictionary gives, through flushes, merges and reopening`()
    throws
  {
    for seed in 0..<6 as Range<UInt64> {
      try Fixtures.withTemporaryFolder { folder in
        let dimension = [50, 100_000][Int(seed % 2)]
        let precision = WeightPrecision.allCases[Int(seed / 2 % 2)]
        let configuration = IndexWriterConfiguration(
          durability: seed == 5 ? .onFlush : .interval(.milliseconds(50)),
          flushByteCount: 20_000, mergeFactor: 2, compactsInBackground: seed % 3 != 0,
          verification: .full)
        var changes = RandomChanges(
          seed: seed, dimension: dimension, identifierCount: 300, hasNegativeWeights: seed == 3)
        var expected = ExpectedIndex(dimension: dimension, precision: precision)
        var writer = try IndexWriter(
          creatingAt: folder, dimension: dimension, precision: precision,
          configuration: configuration)
        for step in 0..<120 {
          let change = try changes.next()
          try writer.perform(change)
          try expected.perform(change)
          switch changes.draw(20) {
          case 0: try writer.flush()
          case 1: try writer.compact()
          case 2:
            try writer.close()
            writer = try IndexWriter(openingAt: folder, configuration: configuration)
          default: break
          }
          if step % 10 == 9 {
            let queries = [try changes.query(), try changes.query()]
            let comment: Comment = "seed \(seed), step \(step)"
            try expected.expectEqual(try writer.snapshot(), queries: queries, comment)
            if seed != 5 {
              let reader = try IndexReader(openingAt: folder)
              try expected.expectEqual(try reader.snapshot(), queries: queries, comment)
            }
          }
        }
        #expect(writer.statistics().compactionFailure == nil)
        try writer.close()
        #expect(try IndexVerifier.verify(at: folder).problems == [])
      }
    }
  }

  @Test func `documents of the same identifier in one call: the last stays`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let writer = try IndexWriter(creatingAt: folder, dimension: 6)
      try writer.upsert(
        ["a", "b", "a"],
        SparseMatrix(
          columnCount: 6,
          rows: [
            vector([0: 1]), vector([0: 2]), vector([1: 3]),
          ]))
      let snapshot = try writer.snapshot()
      #expect(try snapshot.vector(of: "a") == vector([1: 3]))
      #expect(snapshot.documentCount == 2)
      #expect(snapshot.storedWeightCount == 2)
    }
  }

  @Test func `a snapshot does not see later changes`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let writer = try IndexWriter(creatingAt: folder, dimension: 6)
      try writer.upsert(
        ["a", "b"],
        SparseMatrix(
          columnCount: 6,
          rows: [
            vector([0: 1]), vector([0: 2]),
          ]))
      try writer.flush()
      let before = try writer.snapshot()
      try writer.delete(["a"])
      try writer.upsert(["c"], SparseMatrix(columnCount: 6, rows: [vector([0: 3])]))
      try writer.compact()
      #expect(try files(folder).filter { $0.hasPrefix("segment") }.count == 1)
      #expect(try before.search(vector([0: 1])).map(\.id) == ["b", "a"])
      #expect(try writer.snapshot().search(vector([0: 1])).map(\.id) == ["c", "b"])
    }
  }

  @Test func `closing leaves one manifest, the segments and no log`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let writer = try IndexWriter(creatingAt: folder, dimension: 6)
      try writer.upsert(["a"], SparseMatrix(columnCount: 6, rows: [vector([0: 1])]))
      #expect(try files(folder) == ["log-1.sparrow"])
      try writer.close()
      #expect(try files(folder) == ["segment-2.sparrow"])
      try writer.close()
      #expect(throws: IndexError.self) { try writer.delete(["a"]) }
      #expect(throws: IndexError.self) { try writer.snapshot() }
    }
  }

  @Test func `compaction drops deleted documents and merges segments`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let writer = try IndexWriter(
        creatingAt: folder, dimension: 6,
        configuration: IndexWriterConfiguration(compactsInBackground: false))
      for number in 0..<5 {
        try writer.upsert(
          [DocumentID("\(number)")],
          SparseMatrix(
            columnCount: 6,
            rows: [
              vector([0: Float(number + 1)])
            ]))
        try writer.flush()
      }
      try writer.delete(["1", "3"])
      #expect(writer.statistics().segments.count == 5)
      try writer.compact()
      let statistics = writer.statistics()
      #expect(statistics.segments.map(\.documentCount) == [3])
      #expect(statistics.deletedCount == 0)
      #expect(try writer.snapshot().identifiers() == ["0", "2", "4"])
      try writer.delete(["0", "2", "4"])
      try writer.compact()
      #expect(writer.statistics().segments == [])
      #expect(try files(folder) == [])
    }
  }

  @Test func `segments with many deletions and many segments of a size are merged by themselves`()
    throws
  {
    try Fixtures.withTemporaryFolder { folder in
      let writer = try IndexWriter(creatingAt: folder, dimension: 6)
      for number in 0..<40 {
        try writer.upsert(
          [DocumentID("\(100 + number)")],
          SparseMatrix(
            columnCount: 6,
            rows: [
              vector([0: Float(number + 1)])
            ]))
        try writer.flush()
      }
      let deadline = ContinuousClock.now + .seconds(60)
      while writer.statistics().segments.count > 3, ContinuousClock.now < deadline {
        Thread.sleep(forTimeInterval: 0.01)
      }
      #expect(writer.statistics().segments.count <= 3)
      #expect(try writer.snapshot().documentCount == 40)
      try writer.close()
    }
  }

  @Test func `an index has one writer at a time`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let writer = try IndexWriter(creatingAt: folder, dimension: 6)
      let error = #expect(throws: IndexError.self) { try IndexWriter(openingAt: folder) }
      #expect(error?.category == .usage)
      try writer.close()
      let second = try IndexWriter(openingAt: folder)
      try second.close()
    }
  }

  @Test func `folders with and without an index are told apart`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let error = #expect(throws: IndexError.self) { try IndexWriter(openingAt: folder) }
      #expect(error?.category == .missing)
      #expect(throws: IndexError.self) { try IndexReader(openingAt: folder) }
      #expect(throws: IndexError.self) { try IndexVerifier.verify(at: folder) }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
      try IndexWriter(creatingAt: folder, dimension: 6).close()
      let again = #expect(throws: IndexError.self) {
        try IndexWriter(creatingAt: folder, dimension: 6)
      }
      #expect(again?.category == .usage)
    }
  }

  @Test func `documents that do not fit change nothing`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let writer = try IndexWriter(creatingAt: folder, dimension: 6, precision: .float16)
      let good = IndexedDocument(id: "good", vector: try vector([0: 1]))
      for bad in [
        try SparseVector(dimension: 5, indices: [0], values: [1]), try vector([0: .infinity]),
        try vector([0: .nan]), try vector([0: 70_000]),
      ] {
        let error = #expect(throws: IndexError.self) {
          try writer.upsert([good, IndexedDocument(id: "bad", vector: bad)])
        }
        #expect(error?.message.contains("\"bad\"") == true)
      }
      #expect(throws: IndexError.self) {
        try writer.upsert(["a"], SparseMatrix(columnCount: 5, rows: []))
      }
      #expect(try writer.snapshot().documentCount == 0)
      try writer.close()
    }
  }

  @Test func `settings out of range are refused`() throws {
    try Fixtures.withTemporaryFolder { folder in
      for (number, configuration) in [
        IndexWriterConfiguration(flushByteCount: 0), IndexWriterConfiguration(mergeFactor: 1),
        IndexWriterConfiguration(deletedShareLimit: 2),
        IndexWriterConfiguration(durability: .interval(.zero)),
      ].enumerated() {
        #expect(throws: IndexError.self) {
          try IndexWriter(
            creatingAt: folder.appendingPathComponent("\(number)"), dimension: 6,
            configuration: configuration)
        }
      }
      for dimension in [-1, (1 << 24) + 1] {
        #expect(throws: IndexError.self) {
          try IndexWriter(creatingAt: folder.appendingPathComponent("x"), dimension: dimension)
        }
      }
    }
  }

  @Test func `deleting by a filter deletes what passes`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let writer = try IndexWriter(creatingAt: folder, dimension: 6)
      for number in 0..<10 {
        try writer.upsert([
          IndexedDocument(
            id: DocumentID("\(number)"), vector: vector([0: 1]),
            fields: ["n": .number(Double(number))])
        ])
      }
      #expect(try writer.delete(where: .number("n", from: 3, upTo: 5)) == 3)
      #expect(try writer.snapshot().identifiers() == ["0", "1", "2", "6", "7", "8", "9"])
      try writer.close()
    }
  }

  @Test func `threads that write at the same time all get their changes in`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let writer = try IndexWriter(creatingAt: folder, dimension: 6)
      DispatchQueue.concurrentPerform(iterations: 40) { number in
        do {
          let vector = try SparseVector(dimension: 6, indices: [0], values: [Float(number + 1)])
          try writer.upsert([IndexedDocument(id: DocumentID("\(100 + number)"), vector: vector)])
          if number % 10 == 0 { try writer.flush() }
          _ = try writer.snapshot().search(vector)
        } catch {
          Issue.record(error)
        }
      }
      #expect(try writer.snapshot().identifiers() == (100..<140).map { DocumentID("\($0)") })
      try writer.close()
      let reader = try IndexReader(openingAt: folder)
      #expect(try reader.snapshot().documentCount == 40)
    }
  }
}

import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@testable import IndexCrashChild
@testable import SparrowIndex

@Suite struct IndexMaintenanceTests {
  /// An index with several segments, deletions and documents in memory, and what it holds.
  private func makeWriter(_ folder: URL) throws -> (IndexWriter, ExpectedIndex, [SparseVector]) {
    var changes = RandomChanges(seed: 8, dimension: 200, identifierCount: 400)
    var expected = ExpectedIndex(dimension: 200, precision: .float16)
    let writer = try IndexWriter(
      creatingAt: folder, dimension: 200,
      configuration: IndexWriterConfiguration(compactsInBackground: false))
    for step in 0..<90 {
      let change = try changes.next()
      try writer.perform(change)
      try expected.perform(change)
      if step % 25 == 24 { try writer.flush() }
    }
    var queries: [SparseVector] = []
    for _ in 0..<30 { queries.append(try changes.query()) }
    return (writer, expected, queries)
  }

  @Test func `a copy is an index of its own`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let (writer, expected, queries) = try makeWriter(folder.appendingPathComponent("index"))
      let copy = folder.appendingPathComponent("copy")
      try writer.backUp(to: copy)
      try writer.delete(where: .all([]))
      try writer.compact()
      #expect(try writer.snapshot().documentCount == 0)
      let restored = try IndexWriter(openingAt: copy)
      try expected.expectEqual(
        try restored.snapshot(), queries: Array(queries.prefix(3)), "the copy")
      try restored.close()
      #expect(try IndexVerifier.verify(at: copy).isSound)
      #expect(throws: IndexError.self) { try writer.backUp(to: copy) }
      try writer.close()
    }
  }

  @Test func `a calibration is measured, kept and found by readers`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let (writer, expected, queries) = try makeWriter(folder)
      #expect(try writer.snapshot().calibration == nil)
      let calibration = try writer.calibrate(queries: queries, minimumRecall: 0.9, count: 5)
      #expect(calibration.recall >= 0.9)
      #expect(calibration.queryCount == 30)
      let reader = try IndexReader(openingAt: folder)
      let snapshot = try reader.snapshot()
      #expect(snapshot.calibration == calibration)
      let options = SearchOptions(count: 5, mode: .approximate(calibration.search))
      let found = try snapshot.search(queries, options: options)
      var hitCount = 0
      var total = 0
      for (query, hits) in zip(queries, found) {
        let exact = expected.search(query, count: 5)
        total += exact.count
        hitCount += hits.count { $0.score >= exact.last?.score ?? 0 }
        // Approximate results have exact scores.
        for hit in hits {
          #expect(hit.score == Double(query.dot(try #require(try snapshot.vector(of: hit.id)))))
        }
      }
      #expect(Double(hitCount) / Double(total) == calibration.recall)
      try writer.close()
      #expect(try IndexReader(openingAt: folder).snapshot().calibration == calibration)
      let exact = try snapshot.calibrate(minimumRecall: 1)
      #expect(exact.recall == 1 && exact.queryCount > 50)
    }
  }

  @Test func `approximate search that allows for everything is exact`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let (writer, expected, queries) = try makeWriter(folder)
      let snapshot = try writer.snapshot()
      for query in queries {
        let all = ApproximateSearch(remainderFactor: 1)
        expectSame(
          try snapshot.search(query, options: SearchOptions(mode: .approximate(all))),
          expected.search(query, count: 10), "remainder 1")
      }
      for factor in [1.5, -0.1, .nan] {
        let bad = ApproximateSearch(remainderFactor: factor)
        #expect(throws: IndexError.self) {
          try snapshot.search(queries[0], options: SearchOptions(mode: .approximate(bad)))
        }
      }
      try writer.close()
    }
  }

  @Test func `searching many queries at a time gives what searching them one by one gives`() throws
  {
    try Fixtures.withTemporaryFolder { folder in
      let (writer, expected, queries) = try makeWriter(folder)
      let snapshot = try writer.snapshot()
      for threadCount in [1, 2, 7] {
        let found = try snapshot.search(queries, threadCount: threadCount)
        #expect(found.count == queries.count)
        for (query, hits) in zip(queries, found) {
          expectSame(hits, expected.search(query, count: 10), "\(threadCount) threads")
        }
      }
      #expect(try snapshot.search([SparseVector]()) == [])
      #expect(throws: IndexError.self) { try snapshot.search(queries, threadCount: 0) }
      let other = try SparseVector(dimension: 3, indices: [], values: [])
      #expect(throws: IndexError.self) { try snapshot.search(queries + [other]) }
      try writer.close()
    }
  }

  @Test func `statistics count documents, deletions and bytes`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let (writer, expected, _) = try makeWriter(folder)
      let statistics = writer.statistics()
      #expect(statistics.documentCount == expected.documents.count)
      #expect(statistics.segments.count == 3)
      #expect(statistics.deletedCount > 0)
      #expect(statistics.unsavedDocumentCount > 0)
      for segment in statistics.segments {
        let size = try FileManager.default.attributesOfItem(
          atPath: folder.appendingPathComponent(segment.file).path)[.size]
        #expect(size as? Int == segment.byteCount)
        #expect(segment.sectionByteCounts.values.reduce(0, +) < segment.byteCount)
      }
      try writer.close()
      let reader = try IndexReader(openingAt: folder)
      #expect(reader.statistics().documentCount == expected.documents.count)
      #expect(reader.statistics().unsavedDocumentCount == 0)
    }
  }
}

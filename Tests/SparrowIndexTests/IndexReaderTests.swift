import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@testable import SparrowIndex

@Suite struct IndexReaderTests {
  private func matrix(_ weights: [Float]) throws -> SparseMatrix {
    var matrix = SparseMatrix(columnCount: 3)
    for weight in weights {
      try matrix.append(SparseVector(dimension: 3, indices: [1], values: [weight]))
    }
    return matrix
  }

  @Test func `a reader sees confirmed changes after a refresh`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let writer = try IndexWriter(creatingAt: folder, dimension: 3)
      let reader = try IndexReader(openingAt: folder)
      #expect(try reader.snapshot().documentCount == 0)
      try writer.upsert(["a", "b"], matrix([1, 2]))
      #expect(try reader.snapshot().documentCount == 0)
      try reader.refresh()
      #expect(try reader.snapshot().identifiers() == ["a", "b"])
      try writer.upsert(["c", "a"], matrix([3, 4]))
      try reader.refresh()
      #expect(try reader.snapshot().identifiers() == ["a", "b", "c"])
      try writer.flush()
      try writer.delete(["b"])
      try reader.refresh()
      let query = try SparseVector(dimension: 3, indices: [1], values: [1])
      #expect(try reader.snapshot().search(query).map(\.id) == ["a", "c"])
      try writer.compact()
      try reader.refresh()
      #expect(try reader.snapshot().search(query).map(\.score) == [4, 3])
      #expect(reader.statistics().segments.map(\.documentCount) == [2])
      try writer.close()
    }
  }

  @Test func `readers keep up with a writer that flushes and merges all the time`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let configuration = IndexWriterConfiguration(
        durability: .interval(.milliseconds(100)), flushByteCount: 4000, mergeFactor: 2)
      let writer = try IndexWriter(
        creatingAt: folder, dimension: 3, configuration: configuration)
      let query = try SparseVector(dimension: 3, indices: [1], values: [1])
      DispatchQueue.concurrentPerform(iterations: 3) { role in
        do {
          if role == 0 {
            for number in 0..<300 {
              try writer.upsert(
                [DocumentID("\(number % 100)")],
                SparseMatrix(
                  columnCount: 3,
                  rows: [SparseVector(dimension: 3, indices: [1], values: [Float(number + 1)])]))
            }
          } else {
            let reader = try IndexReader(openingAt: folder)
            var newest = 0.0
            for _ in 0..<60 {
              try reader.refresh()
              let hits = try reader.snapshot().search(query, options: SearchOptions(count: 200))
              #expect(hits.count <= 100)
              // Weights only grow, so what has been seen once is never missing later.
              let best = hits.first?.score ?? 0
              #expect(best >= newest)
              newest = best
            }
          }
        } catch {
          Issue.record(error)
        }
      }
      let reader = try IndexReader(openingAt: folder)
      #expect(try reader.snapshot().search(query).map(\.score).prefix(2) == [300, 299])
      try writer.close()
    }
  }
}

import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@testable import SparrowIndex

@Suite struct SegmentTests {
  private let dimension = 300

  private func rows(_ count: Int, seed: UInt64 = 1) throws -> PendingRows {
    let collection = try RandomCollection(
      seed: seed,
      shape: RandomCollection.Shape(
        documentCount: count, dimension: dimension, maximumActive: 20, hasNegativeWeights: true))
    var rows = PendingRows(dimension: dimension, precision: .float32)
    for (row, id) in collection.ids.enumerated() {
      let entries = collection.vectors.entries(ofRow: row)
      rows.upsert(
        try PreparedDocument(
          id: id, indices: entries.indices, values: entries.values,
          record: StoredRecord(fields: ["row": .number(Double(row))]).bytes, precision: .float32))
    }
    return rows
  }

  private func write(_ rows: PendingRows, to path: String) throws {
    let file = try LocalFileSystem().createFile(path)
    _ = try SegmentWriter.write(
      OrderedRows(pending: rows), dimension: dimension, precision: .float32, to: file,
      isCancelled: { false })
    try file.close()
  }

  @Test func `documents come back in the order of their identifiers`() throws {
    let rows = try rows(500)
    let segment = try SegmentWriter.makeInMemory(
      OrderedRows(pending: rows), dimension: dimension, precision: .float32)
    #expect(segment.documentCount == 500)
    #expect((0..<500).map(segment.identifier) == rows.identifiers.sorted())
    for row in 0..<500 {
      let number = try #require(segment.number(of: rows.identifiers[row]))
      let vector = try segment.vector(of: number)
      let range = rows.entries(of: row)
      #expect(vector.indices == Array(rows.terms[range]))
      #expect(vector.values == Array(rows.weights[range]))
      #expect(try segment.record(of: number).fields == ["row": .number(Double(row))])
    }
    #expect(segment.number(of: "d") == nil)
    #expect(segment.number(of: "d500") == nil)
    #expect(segment.firstNumber(after: "d1") == segment.number(of: "d10"))
    #expect(segment.firstNumber(after: "zebra") == 500)
  }

  @Test func `posting lists hold exactly the documents that have a term`() throws {
    let segment = try SegmentWriter.makeInMemory(
      OrderedRows(pending: try rows(500)), dimension: dimension, precision: .float32)
    var documentsOfTerm: [TokenID: [UInt8]] = [:]
    for number in 0..<500 {
      for term in try segment.vector(of: number).indices {
        documentsOfTerm[term, default: []] += [UInt8(number & 255), UInt8(number >> 8)]
      }
    }
    let window = try segment.window(0)
    for term in 0..<TokenID(dimension) {
      let list = window.list(of: term)
      let numbers = list.map { list in
        unsafe Array(UnsafeBufferPointer(start: list.numbers, count: 2 * list.count))
      }
      #expect(numbers == documentsOfTerm[term])
    }
  }

  @Test func `more than one window of documents can be searched`() throws {
    // A few terms over 70,000 documents; the best documents lie in both windows.
    let count = SegmentHeader.windowSize + 5000
    var builder = IndexBuilder(dimension: 4)
    for number in 0..<count {
      let id = DocumentID(String(1_000_000 + number))
      let weight = Float((number * 7919) % count) / Float(count)
      try builder.add(
        id,
        SparseVector(dimension: 4, indices: [0, UInt32(1 + number % 3)], values: [weight, 0.5]))
    }
    let index = try builder.build()
    let query = try SparseVector(dimension: 4, indices: [0, 2], values: [1, 0.1])
    let hits = try index.search(query, count: 50)
    let expected = (0..<count).map { number -> ScoredDocument in
      let weight = Float((number * 7919) % count) / Float(count)
      let extra = number % 3 == 1 ? Double(Float(0.1)) * 0.5 : 0
      return ScoredDocument(
        id: DocumentID(String(1_000_000 + number)), score: Double(Float(Double(weight) + extra)))
    }.sorted(by: ScoredDocument.precedes).prefix(50)
    expectSame(hits, Array(expected), "two windows")
    let numbers = hits.compactMap { Int($0.id.rawValue) }.map { $0 - 1_000_000 }
    #expect(numbers.contains { $0 >= SegmentHeader.windowSize })
    #expect(numbers.contains { $0 < SegmentHeader.windowSize })
  }

  @Test func `a file holds what a segment in memory holds`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let rows = try rows(200)
      let path = folder.appendingPathComponent("a").path
      try write(rows, to: path)
      let inMemory = try SegmentWriter.makeInMemory(
        OrderedRows(pending: rows), dimension: dimension, precision: .float32)
      let onDisk = try Segment(path: path, verification: .full)
      #expect(onDisk.header.bytes == inMemory.header.bytes)
      #expect(onDisk.byteCount == inMemory.byteCount)
    }
  }

  @Test func `files that are no sound segments are refused with the reason`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a").path
      #expect(throws: IndexError.self) { try Segment(path: path, verification: .quick) }
      try write(try rows(50), to: path)
      let good = try Data(contentsOf: URL(fileURLWithPath: path))
      func expectRefused(_ data: Data, _ word: String, _ verification: FileVerification = .quick)
        throws
      {
        try data.write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: IndexError.self) {
          try Segment(path: path, verification: verification)
        }
        #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
        #expect(error?.location?.path == path)
      }
      try expectRefused(Data(), "empty")
      try expectRefused(good.prefix(100), "SPRWSEG")
      try expectRefused(Data(repeating: 7, count: 8192), "SPRWSEG")
      try expectRefused(good.prefix(good.count - 1), "bytes")
      try expectRefused(good + Data([0]), "bytes")
      var version = good
      version[8] = 2
      try expectRefused(version, "version")
      var header = good
      header[30] ^= 1
      try expectRefused(header, "checksum")
      var body = good
      body[good.count / 2] ^= 1
      try expectRefused(body, "checksum", .full)
    }
  }
}

import SparrowCore
import Testing

@testable import SparrowIndex

@Suite struct TopDocumentsTests {
  /// Two segments whose identifiers alternate: a0 b0 a1 b1 ...
  private func segments() throws -> [Segment] {
    try ["a", "b"].map { letter in
      var rows = PendingRows(dimension: 1, precision: .float32)
      for number in 0..<150 {
        rows.upsert(
          PreparedDocument(
            id: DocumentID("\(1000 + number)\(letter)"), terms: [0], weights: [1], record: []))
      }
      return try SegmentWriter.makeInMemory(
        OrderedRows(pending: rows), dimension: 1, precision: .float32)
    }
  }

  @Test func `the best of many are kept in order`() throws {
    let segments = try segments()
    var generator = MersenneTwister(seed: 11)
    for count in [0, 1, 2, 7, 50, 400] {
      let entries = (0..<300).map { number in
        TopDocuments.Entry(
          segment: number / 150, number: number % 150, score: Float(generator.next() % 40))
      }
      var best = TopDocuments(capacity: count, segments: segments)
      for position in generator.permutation(300) { best.offer(entries[position]) }
      let expected = entries.map { entry in
        ScoredDocument(
          id: segments[entry.segment].identifier(of: entry.number), score: Double(entry.score))
      }.sorted(by: ScoredDocument.precedes).prefix(count)
      let found = best.sorted().map { segments[$0.segment].identifier(of: $0.number) }
      #expect(found == expected.map(\.id))
    }
  }
}

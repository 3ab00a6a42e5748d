import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@testable import SparrowIndex

@Suite struct DocumentFilterTests {
  private static let languages = ["en", "de", "fr", "日本語"]

  /// The fields of the document at a position, with gaps and several words.
  private static func fields(_ position: Int) -> [String: FieldValue] {
    var fields: [String: FieldValue] = [:]
    if position % 7 != 0 { fields["language"] = .keyword(languages[position % 4]) }
    if position % 5 == 0 { fields["language"] = .keywords(["en", "fr", "en"]) }
    if position % 3 != 0 { fields["year"] = .number(Double(1990 + position % 40)) }
    if position % 2 == 0 { fields["title length"] = .number(-Double(position) / 2) }
    return fields
  }

  /// The twin of a filter: decides from the fields themselves.
  private static func passes(_ filter: DocumentFilter, _ id: DocumentID, _ position: Int) -> Bool {
    let fields = fields(position)
    switch filter {
    case .keyword(let name, let words):
      if case .keywords(let found) = fields[name] { return !words.isDisjoint(with: found) }
      return false
    case .number(let name, let lowest, let highest):
      guard case .number(let value) = fields[name] else { return false }
      return value >= lowest ?? -.infinity && value <= highest ?? .infinity
    case .exists(let name): return fields[name] != nil
    case .identifiers(let ids): return ids.contains(id)
    case .all(let filters): return filters.allSatisfy { passes($0, id, position) }
    case .any(let filters): return filters.contains { passes($0, id, position) }
    case .not(let inner): return !passes(inner, id, position)
    }
  }

  private static let filters: [DocumentFilter] = [
    .keyword("language", is: "en"), .keyword("language", is: "日本語"),
    .keyword("language", isOneOf: ["de", "fr", "xx"]), .keyword("language", isOneOf: []),
    .keyword("none", is: "en"), .keyword("year", is: "1990"),
    .number("year", from: 2000, upTo: 2010), .number("year", from: 2020),
    .number("year", upTo: 1991),
    .number("year", from: 2010, upTo: 2000), .number("language"), .number("title length", upTo: -3),
    .exists("language"), .exists("year"), .exists("none"),
    .identifiers(["d1", "d2", "zebra"]), .identifiers([]), .all([]), .any([]), .not(.all([])),
    .all([.keyword("language", is: "en"), .not(.number("year", from: 2005))]),
    .any([.identifiers(["d3"]), .all([.exists("year"), .not(.exists("language"))])]),
  ]

  @Test func `filtered searches equal scoring every document that passes`() throws {
    try Fixtures.withTemporaryFolder { folder in
      for (seed, count) in [(1, 40), (2, 900)] as [(UInt64, Int)] {
        var collection = try RandomCollection(
          seed: seed,
          shape: RandomCollection.Shape(
            documentCount: count, dimension: 60, maximumActive: 12, hasTies: true))
        let url = folder.appendingPathComponent("\(seed)")
        let writer = try IndexWriter(creatingAt: url, dimension: 60, precision: .float32)
        var positions: [DocumentID: Int] = [:]
        for (position, id) in collection.ids.enumerated() {
          positions[id] = position
          try writer.upsert([
            IndexedDocument(
              id: id, vector: collection.vectors[position], fields: Self.fields(position),
              payload: Data("\(id)".utf8))
          ])
          if position % 331 == 330 { try writer.flush() }
        }
        let snapshot = try writer.snapshot()
        for filter in Self.filters {
          func isEligible(_ id: DocumentID) -> Bool {
            Self.passes(filter, id, positions[id] ?? 0)
          }
          let query = try collection.query(maximumActive: 10)
          for hitCount in [1, 10, 1000] {
            let hits = try snapshot.search(
              query, options: SearchOptions(count: hitCount, filter: filter))
            let expected = collection.search(query, count: hitCount, where: isEligible)
            expectSame(hits, expected, "\(filter)")
          }
          let passing = collection.ids.filter(isEligible).sorted()
          #expect(try snapshot.count(where: filter) == passing.count)
          #expect(try snapshot.identifiers(where: filter) == passing)
          #expect(
            try snapshot.identifiers(where: filter, after: "d25", limit: 3)
              == Array(passing.filter { $0 > "d25" }.prefix(3)))
        }
        let stored = try #require(try snapshot.document(collection.ids[5]))
        #expect(stored.fields == Self.fields(5))
        #expect(stored.payload == Data("\(collection.ids[5])".utf8))
        try writer.close()
      }
    }
  }

  @Test func `numbers that are not numbers are refused`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let writer = try IndexWriter(creatingAt: folder, dimension: 1)
      let vector = try SparseVector(dimension: 1, indices: [0], values: [1])
      #expect(throws: IndexError.self) {
        try writer.upsert([IndexedDocument(id: "a", vector: vector, fields: ["x": .number(.nan)])])
      }
      try writer.upsert([IndexedDocument(id: "a", vector: vector, fields: ["x": .number(1)])])
      #expect(throws: IndexError.self) {
        try writer.snapshot().count(where: .number("x", from: .nan))
      }
    }
  }
}

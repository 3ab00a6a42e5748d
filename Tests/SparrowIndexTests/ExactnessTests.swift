import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@testable import SparrowIndex

/// Every search of an index on disk equals scoring every document: over seeded collections with equal,
/// empty and awkward documents, for queries of every kind, with filters, after deletions and after
/// compaction, in small and large vocabularies.
@Suite struct ExactnessTests {
  /// A kind of query.
  enum QueryKind: CaseIterable {
    case empty
    case zeros
    case oneTerm
    case everyTerm
    case someTerms
    /// A few weights count, the others are small: lists are left out.
    case fewHeavyTerms
    case ownVectorOfADocument
    case negativeWeights
  }

  /// What the collections of a run are like; empty and equal documents and zeros are in all of them.
  struct Setting: CustomTestStringConvertible, Sendable {
    var dimension: Int
    var hasTies = false
    var hasNegativeWeights = false

    var testDescription: String {
      "\(dimension) dimensions\(hasTies ? ", ties" : "")\(hasNegativeWeights ? ", negative" : "")"
    }
  }

  static let settings = [
    Setting(dimension: 40), Setting(dimension: 40, hasTies: true),
    Setting(dimension: 40, hasTies: true, hasNegativeWeights: true),
    Setting(dimension: 30_522), Setting(dimension: 30_522, hasNegativeWeights: true),
    Setting(dimension: 65_537, hasTies: true), Setting(dimension: 400_000),
  ]

  private static func query(
    _ kind: QueryKind, _ setting: Setting, _ collection: inout RandomCollection,
    _ random: inout MersenneTwister
  ) throws -> SparseVector {
    func vector(_ indices: [TokenID], _ weight: (Int) -> Float) throws -> SparseVector {
      try SparseVector(
        dimension: setting.dimension, indices: indices, values: indices.indices.map(weight))
    }
    let row = Int(random.next()) % collection.vectors.rowCount
    let own = collection.vectors[row]
    switch kind {
    case .empty: return try vector([]) { _ in 0 }
    case .zeros: return try vector(own.indices) { _ in 0 }
    case .oneTerm: return try vector(Array(own.indices.prefix(1))) { _ in 0.7 }
    case .everyTerm:
      // All of a small vocabulary, the most frequent part of a large one.
      let terms = (0..<TokenID(min(setting.dimension, 2000))).map { $0 }
      return try vector(terms) { Float(1 + $0 % 5) / 4 }
    case .someTerms: return try collection.query(maximumActive: 25)
    case .fewHeavyTerms:
      let terms = try collection.query(maximumActive: 200).indices
      return try vector(terms) { $0 % 17 == 0 ? 2 : 0.01 }
    case .ownVectorOfADocument: return own
    case .negativeWeights:
      return try vector(own.indices) { $0 % 3 == 0 ? -Float(1 + $0) / 4 : Float(2 + $0 % 4) / 4 }
    }
  }

  @Test(arguments: settings)
  func `a search finds what scoring every document finds`(_ setting: Setting) throws {
    for seed in 1...2 as ClosedRange<UInt64> {
      try Fixtures.withTemporaryFolder { folder in
        var collection = try RandomCollection(
          seed: seed,
          shape: RandomCollection.Shape(
            documentCount: 700, dimension: setting.dimension, maximumActive: 40,
            hasTies: setting.hasTies, hasNegativeWeights: setting.hasNegativeWeights))
        var random = MersenneTwister(seed: seed + 100)
        // Multiples of an eighth are the same in float16.
        let writer = try IndexWriter(
          creatingAt: folder.appendingPathComponent("index"), dimension: setting.dimension,
          precision: setting.hasTies ? .float16 : .float32,
          configuration: IndexWriterConfiguration(
            durability: .onFlush, compactsInBackground: false))
        for (row, id) in collection.ids.enumerated() {
          let fields: [String: FieldValue] = ["part": .number(Double(row % 10))]
          try writer.upsert([
            IndexedDocument(id: id, vector: collection.vectors[row], fields: fields)
          ])
          // Three segments, and some documents that are in memory only.
          if row % 200 == 199 { try writer.flush() }
        }
        try compare(writer, setting, &collection, &random, deleted: [], "seed \(seed), loaded")
        let deleted = Set(collection.ids.enumerated().filter { $0.offset % 7 < 2 }.map(\.element))
        try writer.delete(Array(deleted))
        try compare(
          writer, setting, &collection, &random, deleted: deleted, "seed \(seed), deleted")
        try writer.compact()
        try compare(
          writer, setting, &collection, &random, deleted: deleted, "seed \(seed), compacted")
        try writer.close()
      }
    }
  }

  private func compare(
    _ writer: IndexWriter, _ setting: Setting, _ collection: inout RandomCollection,
    _ random: inout MersenneTwister, deleted: Set<DocumentID>, _ comment: String
  ) throws {
    let snapshot = try writer.snapshot()
    let parts = Dictionary(uniqueKeysWithValues: collection.ids.enumerated().map { ($1, $0 % 10) })
    // No filter, one that few documents pass, and one that most do.
    for limit in [nil, 0, 6] as [Int?] {
      let filter = limit.map { DocumentFilter.number("part", upTo: Double($0)) }
      for kind in QueryKind.allCases {
        let query = try Self.query(kind, setting, &collection, &random)
        let expected = collection.search(query, count: 1000) { id in
          !deleted.contains(id) && parts[id] ?? 0 <= limit ?? 9
        }
        for count in [1, 10, 1000] {
          let found = try snapshot.search(
            query, options: SearchOptions(count: count, filter: filter))
          expectSame(
            found, Array(expected.prefix(count)),
            "\(comment), \(kind), filter \(limit ?? -1), \(count) hits")
        }
      }
    }
  }
}

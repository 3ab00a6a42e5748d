import Foundation
import SparrowCore
import Testing

@testable import SparrowIndex

/// The slow twin of an index on disk: a dictionary that is searched by scoring every document.
struct ExpectedIndex {
  let dimension: Int
  let precision: WeightPrecision
  private(set) var documents: [DocumentID: IndexedDocument] = [:]

  init(dimension: Int, precision: WeightPrecision) {
    self.dimension = dimension
    self.precision = precision
  }

  mutating func upsert(_ new: [IndexedDocument]) throws {
    for var document in new {
      let stored = try PreparedDocument(document, dimension: dimension, precision: precision)
      document.vector = try SparseVector(
        dimension: dimension, indices: stored.terms, values: stored.weights)
      documents[document.id] = document
    }
  }

  mutating func delete(_ ids: [DocumentID]) {
    for id in ids { documents[id] = nil }
  }

  func search(_ query: SparseVector, count: Int) -> [ScoredDocument] {
    var hits: [ScoredDocument] = []
    for (id, document) in documents {
      var sharesTerm = false
      query.forEachShared(with: document.vector) { _, left, right in
        if left != 0, right != 0 { sharesTerm = true }
      }
      if sharesTerm {
        hits.append(ScoredDocument(id: id, score: Double(query.dot(document.vector))))
      }
    }
    return Array(hits.sorted(by: ScoredDocument.precedes).prefix(count))
  }

  /// Expects a snapshot to hold the same documents and to answer queries alike.
  func expectEqual(
    _ snapshot: IndexSnapshot, queries: [SparseVector], _ comment: Comment,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let ids = try snapshot.identifiers()
    #expect(ids == documents.keys.sorted(), comment, sourceLocation: sourceLocation)
    #expect(snapshot.documentCount == documents.count, comment, sourceLocation: sourceLocation)
    for id in ids {
      let stored = try #require(try snapshot.document(id))
      let expected = documents[id]
      let isEqual =
        stored.vector == expected?.vector && stored.fields == expected?.fields
        && stored.payload == expected?.payload
      if !isEqual { Issue.record("\(comment): \(id) differs", sourceLocation: sourceLocation) }
    }
    for query in queries {
      for count in [1, 10, 1000] {
        expectSame(
          try snapshot.search(query, options: SearchOptions(count: count)),
          search(query, count: count), comment, sourceLocation: sourceLocation)
      }
    }
  }
}

/// A reproducible stream of changes to an index, with new, replaced and deleted documents.
struct RandomChanges {
  /// One call to a writer.
  enum Change {
    case upsert([IndexedDocument])
    case delete([DocumentID])
  }

  let dimension: Int
  private let hasNegativeWeights: Bool
  private var generator: MersenneTwister
  /// How many identifiers there are; a small number makes replacements frequent.
  private let identifierCount: Int

  init(seed: UInt64, dimension: Int, identifierCount: Int, hasNegativeWeights: Bool = false) {
    self.dimension = dimension
    self.identifierCount = identifierCount
    self.hasNegativeWeights = hasNegativeWeights
    generator = MersenneTwister(seed: seed)
  }

  /// A random number below `limit`.
  mutating func draw(_ limit: Int) -> Int { Int(generator.next()) % limit }

  /// The next change.
  mutating func next() throws -> Change {
    let count = 1 + draw(12)
    if draw(4) == 0 { return .delete((0..<count).map { _ in identifier() }) }
    var documents: [IndexedDocument] = []
    for _ in 0..<count { documents.append(try document()) }
    return .upsert(documents)
  }

  /// A query.
  mutating func query() throws -> SparseVector { try vector(maximumActive: 20) }

  private mutating func identifier() -> DocumentID { DocumentID("doc-\(draw(identifierCount))") }

  private mutating func document() throws -> IndexedDocument {
    let id = identifier()
    let vector = try vector(maximumActive: 15)
    var fields: [String: FieldValue] = [:]
    if draw(2) == 0 { fields["kind"] = .keyword("k\(draw(3))") }
    if draw(3) == 0 { fields["size"] = .number(Double(draw(100))) }
    let payload = draw(3) == 0 ? Data("\(id) \(draw(1000))".utf8) : nil
    return IndexedDocument(id: id, vector: vector, fields: fields, payload: payload)
  }

  private mutating func vector(maximumActive: Int) throws -> SparseVector {
    let indices = Set(
      (0..<draw(maximumActive + 1)).map { _ in
        UInt32(draw(dimension) * draw(1000) / 1000)
      }
    ).sorted()
    let values = indices.map { _ -> Float in
      let weight = Float(draw(40)) / 8
      return hasNegativeWeights && draw(3) == 0 ? -weight : weight
    }
    return try SparseVector(dimension: dimension, indices: indices, values: values)
  }
}

extension IndexWriter {
  /// Makes a change.
  func perform(_ change: RandomChanges.Change) throws(IndexError) {
    switch change {
    case .upsert(let documents): try upsert(documents)
    case .delete(let ids): try delete(ids)
    }
  }
}

extension ExpectedIndex {
  /// Makes a change.
  mutating func perform(_ change: RandomChanges.Change) throws {
    switch change {
    case .upsert(let documents): try upsert(documents)
    case .delete(let ids): delete(ids)
    }
  }
}

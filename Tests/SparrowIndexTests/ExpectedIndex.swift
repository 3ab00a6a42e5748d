import Foundation
import SparrowCore
import Testing

@testable import IndexCrashChild
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

  /// Whether a snapshot holds the same documents.
  func equals(_ snapshot: IndexSnapshot) throws -> Bool {
    guard try snapshot.identifiers() == documents.keys.sorted() else { return false }
    for (id, document) in documents {
      let stored = try snapshot.document(id)
      let isEqual =
        stored?.vector == document.vector && stored?.fields == document.fields
        && stored?.payload == document.payload
      if !isEqual { return false }
    }
    return true
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

extension ExpectedIndex {
  /// Makes a change.
  mutating func perform(_ change: RandomChanges.Change) throws {
    switch change {
    case .upsert(let documents): try upsert(documents)
    case .delete(let ids): delete(ids)
    }
  }
}

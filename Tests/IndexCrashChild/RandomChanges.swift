import Foundation
import SparrowCore
import SparrowIndex

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

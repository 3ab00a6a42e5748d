public import SparrowCore

/// Finds, among sparse vectors held in memory, those with the largest dot product with a query.
///
/// For each dimension it lists the documents that have a weight there, so a search touches only
/// documents that share a term with the query. Answers are exact: scores are those of
/// `SparseVector.dot`, equal scores are ordered by document identifier, and documents that share
/// no term with the query are never returned. Weights may be negative.
///
/// ```swift
/// let index = try InvertedIndex(documents: ids, vectors: encoder.encode(texts, role: .document))
/// let hits = try index.search(query, count: 10)
/// let reasons = try index.explain(query, document: hits[0].id)
/// ```
public struct InvertedIndex: Sendable {
  /// The documents, ascending; a document's number is its position here.
  private let ids: [DocumentID]
  private let numberOfID: [DocumentID: Int]
  /// The documents' vectors by number, without zeros.
  private let vectors: SparseMatrix
  /// Postings of dimension `t` are `postingOffsets[t]..<postingOffsets[t + 1]`.
  private let postingOffsets: [Int]
  private let postingNumbers: [UInt32]
  private let postingWeights: [Float]

  /// Builds an index; row `i` of `vectors` belongs to `documents[i]`.
  ///
  /// - Throws: ``IndexError`` when the counts differ, an identifier repeats or a weight is not
  ///   finite.
  public init(documents: [DocumentID], vectors: SparseMatrix) throws(IndexError) {
    guard documents.count == vectors.rowCount else {
      throw IndexError(
        .usage,
        "Each document needs one vector; found \(documents.count) identifiers and \(vectors.rowCount) vectors."
      )
    }
    let order = documents.indices.sorted { documents[$0] < documents[$1] }
    ids = order.map { documents[$0] }
    for (left, right) in zip(ids, ids.dropFirst()) where left == right {
      throw IndexError(
        .invalidData,
        "Identifiers of documents must differ; found \"\(left)\" more than once. Remove the repetitions."
      )
    }
    numberOfID = Dictionary(uniqueKeysWithValues: zip(ids, ids.indices))
    self.vectors = try Self.cleaned(vectors, order: order, ids: ids)
    (postingOffsets, postingNumbers, postingWeights) = Self.invert(self.vectors)
  }

  /// The size of the space, `V`.
  public var dimension: Int { vectors.columnCount }
  /// The number of documents.
  public var documentCount: Int { ids.count }
  /// The number of stored weights of all documents.
  public var postingCount: Int { vectors.storedCount }

  /// Whether a document of this identifier is in the index.
  public func contains(_ id: DocumentID) -> Bool { numberOfID[id] != nil }

  /// The stored vector of a document, nil when it is not in the index.
  public func vector(of id: DocumentID) -> SparseVector? {
    numberOfID[id].map { vectors[$0] }
  }

  /// The documents with the largest dot product with the query.
  ///
  /// - Parameters:
  ///   - query: a vector of the index's dimension with finite weights.
  ///   - count: how many documents to return at most, 0 or more.
  /// - Returns: documents that share a term with the query, best first, of equal scores the
  ///   lower identifier.
  /// - Throws: ``IndexError`` when the query's dimension differs, a weight is not finite, or
  ///   `count` is negative.
  public func search(_ query: SparseVector, count: Int) throws(IndexError) -> [ScoredDocument] {
    try QueryCheck.validate(query, dimension: dimension, count: count)
    guard count > 0, documentCount > 0 else { return [] }
    var scores = [Double](repeating: 0, count: documentCount)
    var isTouched = [Bool](repeating: false, count: documentCount)
    for (index, weight) in zip(query.indices, query.values) where weight != 0 {
      let factor = Double(weight)
      for position in postingOffsets[Int(index)]..<postingOffsets[Int(index) + 1] {
        let number = Int(postingNumbers[position])
        scores[number] += factor * Double(postingWeights[position])
        isTouched[number] = true
      }
    }
    var best = TopDocuments(capacity: count)
    for number in isTouched.indices where isTouched[number] {
      best.offer(TopDocuments.Entry(number: number, score: Float(scores[number])))
    }
    return best.sorted().map { ScoredDocument(id: ids[$0.number], score: Double($0.score)) }
  }

  /// Which terms contributed how much to a document's score.
  ///
  /// - Throws: ``IndexError`` when the document is not in the index or the query does not fit it.
  public func explain(
    _ query: SparseVector, document id: DocumentID
  ) throws(IndexError) -> HitExplanation {
    try QueryCheck.validate(query, dimension: dimension, count: 1)
    guard let document = vector(of: id) else {
      throw IndexError(.missing, "There is no document \"\(id)\" in the index.")
    }
    return HitExplanation(id: id, query: query, document: document)
  }

  /// The rows in the given order, without zeros.
  private static func cleaned(
    _ vectors: SparseMatrix, order: [Int], ids: [DocumentID]
  ) throws(IndexError) -> SparseMatrix {
    var offsets = [0]
    var indices: [TokenID] = []
    var values: [Float] = []
    offsets.reserveCapacity(order.count + 1)
    indices.reserveCapacity(vectors.storedCount)
    values.reserveCapacity(vectors.storedCount)
    for (number, row) in order.enumerated() {
      let entries = vectors.entries(ofRow: row)
      for (index, value) in zip(entries.indices, entries.values) where value != 0 {
        guard value.isFinite else {
          throw IndexError(
            .invalidData,
            "Weights must be finite numbers; document \"\(ids[number])\" has \(value) at dimension \(index)."
          )
        }
        indices.append(index)
        values.append(value)
      }
      offsets.append(indices.count)
    }
    return SparseMatrix(
      uncheckedColumnCount: vectors.columnCount, rowOffsets: offsets, indices: indices,
      values: values)
  }

  /// Lists for each column the rows that have a weight there, by counting sort.
  private static func invert(
    _ vectors: SparseMatrix
  ) -> (offsets: [Int], numbers: [UInt32], weights: [Float]) {
    var offsets = [0]
    offsets.reserveCapacity(vectors.columnCount + 1)
    for count in vectors.columnCounts { offsets.append((offsets.last ?? 0) + count) }
    var next = offsets
    var numbers = [UInt32](repeating: 0, count: vectors.storedCount)
    var weights = [Float](repeating: 0, count: vectors.storedCount)
    for row in 0..<vectors.rowCount {
      for position in vectors.rowOffsets[row]..<vectors.rowOffsets[row + 1] {
        let column = Int(vectors.indices[position])
        numbers[next[column]] = UInt32(row)
        weights[next[column]] = vectors.values[position]
        next[column] += 1
      }
    }
    return (offsets, numbers, weights)
  }
}

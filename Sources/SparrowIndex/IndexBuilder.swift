public import SparrowCore

/// Collects documents one by one or in batches and makes an ``InvertedIndex`` of them.
///
/// ```swift
/// var builder = IndexBuilder(dimension: encoder.dimension)
/// for batch in batches {
///   try builder.add(batch.ids, try encoder.encode(batch.texts, role: .document))
/// }
/// let index = try builder.build()
/// ```
public struct IndexBuilder: Sendable {
  private var ids: [DocumentID] = []
  private var vectors: SparseMatrix

  /// Makes a builder for vectors of one space.
  ///
  /// - Parameter dimension: the size of the space, `V`.
  public init(dimension: Int) {
    vectors = SparseMatrix(columnCount: dimension)
  }

  /// The number of documents added so far.
  public var documentCount: Int { ids.count }

  /// Adds one document.
  ///
  /// - Throws: ``IndexError`` when the vector has another dimension.
  public mutating func add(_ id: DocumentID, _ vector: SparseVector) throws(IndexError) {
    do throws(CoreError) {
      try vectors.append(vector)
    } catch {
      throw IndexError(error)
    }
    ids.append(id)
  }

  /// Adds a batch of documents; row `i` belongs to `newIDs[i]`.
  ///
  /// - Throws: ``IndexError`` when the rows have another dimension or another count than the ids.
  public mutating func add(
    _ newIDs: [DocumentID], _ newVectors: SparseMatrix
  ) throws(IndexError) {
    guard newIDs.count == newVectors.rowCount else {
      throw IndexError(
        .usage,
        "Each document needs one vector; found \(newIDs.count) identifiers and \(newVectors.rowCount) vectors."
      )
    }
    do throws(CoreError) {
      try vectors.append(newVectors)
    } catch {
      throw IndexError(error)
    }
    ids.append(contentsOf: newIDs)
  }

  /// Makes the index.
  ///
  /// - Throws: ``IndexError`` when an identifier repeats or a weight is not finite.
  public func build() throws(IndexError) -> InvertedIndex {
    try InvertedIndex(documents: ids, vectors: vectors)
  }
}

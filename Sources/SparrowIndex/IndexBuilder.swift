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
  private var rows: PendingRows

  /// Makes a builder for vectors of one space.
  ///
  /// - Parameter dimension: the size of the space, `V`.
  public init(dimension: Int) {
    rows = PendingRows(dimension: dimension, precision: .float32)
  }

  /// The number of documents added so far.
  public var documentCount: Int { rows.rowCount }

  /// Adds one document.
  ///
  /// - Throws: ``IndexError`` when the vector has another dimension, a weight is not finite, or
  ///   a document of this identifier was added before.
  public mutating func add(_ id: DocumentID, _ vector: SparseVector) throws(IndexError) {
    try checkDimension(vector.dimension)
    try add(id, vector.indices[...], vector.values[...])
  }

  /// Adds a batch of documents; row `i` belongs to `newIDs[i]`.
  ///
  /// - Throws: ``IndexError`` when the rows have another dimension or another count than the ids,
  ///   a weight is not finite, or a document of an identifier was added before.
  public mutating func add(
    _ newIDs: [DocumentID], _ newVectors: SparseMatrix
  ) throws(IndexError) {
    guard newIDs.count == newVectors.rowCount else {
      throw IndexError(
        .usage,
        "Each document needs one vector; found \(newIDs.count) identifiers and \(newVectors.rowCount) vectors."
      )
    }
    try checkDimension(newVectors.columnCount)
    for (row, id) in newIDs.enumerated() {
      let entries = newVectors.entries(ofRow: row)
      try add(id, entries.indices, entries.values)
    }
  }

  /// Makes the index.
  ///
  /// - Returns: an index of the documents added so far.
  /// - Throws: ``IndexError`` when the dimension is too large or memory runs out.
  public func build() throws(IndexError) -> InvertedIndex {
    try SegmentHeader.checkDimension(rows.dimension)
    var views: [SegmentView] = []
    if rows.rowCount > 0 {
      let segment = try SegmentWriter.makeInMemory(
        OrderedRows(pending: rows), dimension: rows.dimension, precision: rows.precision)
      views.append(SegmentView(segment: segment))
    }
    return InvertedIndex(
      snapshot: IndexSnapshot(
        dimension: rows.dimension, views: views, pool: ScratchPool(dimension: rows.dimension)))
  }

  private mutating func add(
    _ id: DocumentID, _ indices: ArraySlice<TokenID>, _ values: ArraySlice<Float>
  ) throws(IndexError) {
    guard rows.row(of: id) == nil else {
      throw IndexError(
        .invalidData,
        "Identifiers of documents must differ; found \"\(id)\" more than once. Remove the repetitions."
      )
    }
    rows.upsert(
      try PreparedDocument(
        id: id, indices: indices, values: values, record: [], precision: rows.precision))
  }

  private func checkDimension(_ dimension: Int) throws(IndexError) {
    guard dimension == rows.dimension else {
      throw IndexError(
        .usage,
        "Vectors of this index have dimension \(rows.dimension); found \(dimension). Encode all documents with one model."
      )
    }
  }
}

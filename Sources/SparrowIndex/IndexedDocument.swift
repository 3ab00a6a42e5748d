public import Foundation
public import SparrowCore

/// A document to be put into an index.
public struct IndexedDocument: Sendable, Hashable {
  /// The identifier; a document of the same identifier is replaced.
  public var id: DocumentID
  /// The vector that searches compare with queries.
  public var vector: SparseVector
  /// Values for filters, by name of field.
  public var fields: [String: FieldValue]
  /// Bytes kept with the document and returned as they are, for example its text as JSON.
  public var payload: Data?

  /// Makes a document.
  public init(
    id: DocumentID, vector: SparseVector, fields: [String: FieldValue] = [:],
    payload: Data? = nil
  ) {
    self.id = id
    self.vector = vector
    self.fields = fields
    self.payload = payload
  }
}

/// A document in the form that an index stores: checked, without zeros, weights rounded to the
/// index's precision, fields and payload as bytes.
struct PreparedDocument {
  let id: DocumentID
  let terms: [TokenID]
  let weights: [Float]
  let record: [UInt8]

  /// Takes over parts that were prepared before.
  init(id: DocumentID, terms: [TokenID], weights: [Float], record: [UInt8]) {
    self.id = id
    self.terms = terms
    self.weights = weights
    self.record = record
  }

  /// Prepares a document.
  ///
  /// - Throws: ``IndexError`` when the dimension differs, a weight is not finite or too large for
  ///   the precision, or a field is NaN.
  init(
    _ document: IndexedDocument, dimension: Int, precision: WeightPrecision
  ) throws(IndexError) {
    guard document.vector.dimension == dimension else {
      throw IndexError(
        .usage,
        "Vectors of this index have dimension \(dimension); document \"\(document.id)\" has \(document.vector.dimension). Encode all documents with one model."
      )
    }
    for (name, value) in document.fields {
      if case .number(let number) = value, number.isNaN {
        throw IndexError(
          .invalidData, "Field \"\(name)\" of document \"\(document.id)\" must not be NaN.")
      }
    }
    try self.init(
      id: document.id, indices: document.vector.indices[...], values: document.vector.values[...],
      record: StoredRecord(fields: document.fields, payload: document.payload).bytes,
      precision: precision)
  }

  /// Prepares the vector of a document whose dimension was checked.
  ///
  /// - Throws: ``IndexError`` when a weight is not finite or too large for the precision.
  init(
    id: DocumentID, indices: ArraySlice<TokenID>, values: ArraySlice<Float>, record: [UInt8],
    precision: WeightPrecision
  ) throws(IndexError) {
    var stored = Array(values)
    if precision == .float16 {
      stored = Kernels.best.floats(of: Kernels.best.halves(of: stored))
    }
    var hasZeros = false
    for (position, weight) in stored.enumerated() {
      hasZeros = hasZeros || weight == 0
      if !weight.isFinite {
        throw Self.badWeight(
          values[values.startIndex + position], indices[indices.startIndex + position], id)
      }
    }
    self.id = id
    self.record = record
    if hasZeros {
      terms = zip(indices, stored).filter { $0.1 != 0 }.map(\.0)
      weights = stored.filter { $0 != 0 }
    } else {
      terms = Array(indices)
      weights = stored
    }
  }

  private static func badWeight(
    _ weight: Float, _ index: TokenID, _ id: DocumentID
  ) -> IndexError {
    let reason =
      weight.isFinite
      ? "does not fit float16 (at most 65504); store weights as float32"
      : "is not a finite number"
    return IndexError(
      .invalidData, "The weight \(weight) of document \"\(id)\" at dimension \(index) \(reason).")
  }
}

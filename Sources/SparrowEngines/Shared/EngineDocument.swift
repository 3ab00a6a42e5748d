public import SparrowCore
public import SparrowIndex

/// A document as a search engine keeps it.
public struct EngineDocument: Sendable, Hashable {
  /// The identifier; a document of the same identifier is replaced.
  public var id: DocumentID
  /// The sparse vector that searches compare with queries.
  public var vector: SparseVector
  /// A dense vector for hybrid searches, nil when there is none.
  public var dense: [Float]?
  /// Values for filters, by name of field.
  public var fields: [String: FieldValue]
  /// What is kept with the document and returned as it is, for example its text.
  public var payload: JSONValue?

  /// Makes a document.
  public init(
    id: DocumentID, vector: SparseVector, dense: [Float]? = nil,
    fields: [String: FieldValue] = [:], payload: JSONValue? = nil
  ) {
    self.id = id
    self.vector = vector
    self.dense = dense
    self.fields = fields
    self.payload = payload
  }
}

/// A document in the form in which one engine takes it: a line of a bulk request, a point, a row.
public struct EncodedDocument: Sendable, Hashable {
  /// The document.
  public let id: DocumentID
  /// The bytes that are sent for it.
  public let bytes: [UInt8]
}

/// A document that an engine refused.
public struct RefusedDocument: Sendable, Hashable {
  /// The document.
  public let id: DocumentID
  /// Why; ``EngineError/Kind/isTransient`` says whether trying again may help.
  public let error: EngineError

  /// Makes a refusal.
  public init(id: DocumentID, error: EngineError) {
    self.id = id
    self.error = error
  }
}

/// What an engine takes in one request.
public struct BatchLimits: Sendable, Hashable {
  /// How many documents go into one request at most.
  public var documentCount: Int
  /// How many bytes go into one request at most; a single larger document still is sent.
  public var byteCount: Int
  /// How many requests are worth having under way at once.
  public var concurrency: Int

  /// Makes limits.
  public init(documentCount: Int, byteCount: Int, concurrency: Int) {
    self.documentCount = documentCount
    self.byteCount = byteCount
    self.concurrency = concurrency
  }
}

import Foundation
public import SparrowCore
public import SparrowIndex

/// A collection in Qdrant 1.10 or newer, through its REST interface.
///
/// - Scores are exact dot products of float32 weights unless ``Configuration-swift.struct/datatype``
///   or ``Configuration-swift.struct/usesInverseDocumentFrequency`` says otherwise.
/// - Identifiers that are neither numbers nor UUIDs become UUIDs; the payload keeps the original.
/// - A document with an empty vector is kept and never found.
/// - In a hybrid search without weights a document earns `1 / (rankConstant + rank)` a list, as
///   `ReciprocalRankFusion` has it. Weights divide ranks there, where others multiply scores.
///
/// ```swift
/// let configuration = QdrantEngine.Configuration(collection: "packages")
/// let engine = QdrantEngine(at: "http://localhost:6333", configuration)
/// ```
public struct QdrantEngine: SearchEngine {
  /// How Qdrant stores weights of sparse vectors.
  public enum Datatype: String, Sendable, Hashable {
    case float32
    case float16
    case uint8
  }

  /// What is particular to a collection in Qdrant.
  public struct Configuration: Sendable {
    /// The collection's name.
    public var collection: String
    /// The name of the sparse vectors; the default is "sparse".
    public var sparseName: String
    /// The name of the dense vectors; the default is "dense".
    public var denseName: String
    /// How weights are stored; the default is ``Datatype/float32``.
    public var datatype: Datatype
    /// Whether Qdrant multiplies query weights by inverse document frequencies; the default is
    /// false.
    public var usesInverseDocumentFrequency: Bool
    /// Who asks.
    public var credentials: EngineCredentials
    /// When single requests are repeated.
    public var retry: RetryPolicy

    /// Makes settings.
    public init(
      collection: String, sparseName: String = "sparse", denseName: String = "dense",
      datatype: Datatype = .float32, usesInverseDocumentFrequency: Bool = false,
      credentials: EngineCredentials = .none, retry: RetryPolicy = RetryPolicy()
    ) {
      self.collection = collection
      self.sparseName = sparseName
      self.denseName = denseName
      self.datatype = datatype
      self.usesInverseDocumentFrequency = usesInverseDocumentFrequency
      self.credentials = credentials
      self.retry = retry
    }
  }

  /// Qdrant's advice: 64 to 256 points a request, some requests at a time, 32 MB at most.
  public let batchLimits = BatchLimits(documentCount: 256, byteCount: 8 << 20, concurrency: 4)

  let connection: EngineConnection
  let configuration: Configuration

  /// Makes a client; nothing is sent yet.
  ///
  /// - Parameters:
  ///   - base: the address, for example "http://localhost:6333".
  ///   - configuration: the collection and its settings.
  ///   - transport: carries the requests; Foundation's HTTP client by default.
  public init(
    at base: String, _ configuration: Configuration, transport: any HTTPTransport = .standard
  ) {
    let headers: [HTTPHeader] =
      if case .apiKey(let key) = configuration.credentials {
        [HTTPHeader("api-key", key)]
      } else {
        configuration.credentials.authorization
      }
    connection = EngineConnection(
      product: "Qdrant", base: base, headers: headers, transport: transport,
      retry: configuration.retry)
    self.configuration = configuration
  }

  // MARK: Collection

  /// The version of the server.
  public func status() async throws -> EngineStatus {
    let answer = try await connection.send(.init("GET", []))
    guard let version = answer["version"]?.string.flatMap(EngineVersion.init(parsing:)) else {
      throw EngineError(
        .internalError, "Something answers at \(connection.base), but it is not Qdrant.")
    }
    return EngineStatus(product: "Qdrant", version: version)
  }

  /// Creates the collection; sparse vectors are compared by dot product, dense ones too.
  public func createCollection(_ schema: EngineSchema) async throws {
    try schema.validate()
    let version = try await status().version
    try version.require(EngineVersion(1, 10), for: "The query interface", of: "Qdrant")
    var sparse: JSONObject = JSONObject([
      ("index", ["on_disk": false, "datatype": .string(configuration.datatype.rawValue)])
    ])
    if configuration.usesInverseDocumentFrequency { sparse["modifier"] = "idf" }
    var body = JSONObject([
      ("sparse_vectors", .object(JSONObject([(configuration.sparseName, .object(sparse))])))
    ])
    if let size = schema.denseDimension {
      body["vectors"] = .object(
        JSONObject([
          (configuration.denseName, ["size": .integer(Int64(size)), "distance": "Dot"])
        ]))
    }
    var call = call("PUT").with(.object(body))
    call.proofOfSuccess = .alreadyExists
    try await connection.send(call)
    for (name, kind) in schema.sortedFields {
      try await connection.send(
        self.call("PUT", ["index"], ["wait": "true"]).with([
          "field_name": .string(name),
          "field_schema": .string(kind == .keyword ? "keyword" : "float"),
        ]))
    }
  }

  /// Removes the collection.
  public func deleteCollection() async throws { try await connection.send(call("DELETE")) }

  // MARK: Documents

  /// A point of Qdrant's.
  public func encode(_ document: EngineDocument) throws(EngineError) -> EncodedDocument {
    let vector = try EngineWeights.withoutZeros(
      document.vector, of: "document \"\(document.id)\"")
    let (identifier, isOwn) = QdrantIdentifier.point(for: document.id)
    var payload = JSONObject()
    if !isOwn { payload[QdrantIdentifier.payloadKey] = .string(document.id.rawValue) }
    for (name, value) in document.fields.sorted(by: { $0.key < $1.key }) {
      try FieldName.check(name)
      payload[name] = value.json
    }
    payload["payload"] = document.payload
    var json = JSONBytes()
    json.append("{\"id\":")
    json.append(identifier)
    json.append(",\"vector\":{")
    json.append(.string(configuration.sparseName))
    json.append(":{\"indices\":")
    json.appendArray(vector.indices)
    json.append(",\"values\":")
    json.appendArray(vector.values)
    json.append("}")
    if let dense = document.dense {
      guard dense.allSatisfy(\.isFinite) else {
        throw EngineError(
          .invalid,
          "The dense vector of document \"\(document.id)\" has weights that are not finite.")
      }
      json.append(",")
      json.append(.string(configuration.denseName))
      json.append(":")
      json.appendArray(dense)
    }
    json.append("},")
    json.append("payload", .object(payload))
    json.append("}")
    return EncodedDocument(id: document.id, bytes: json.bytes)
  }

  /// Puts points into the collection; a batch is taken as a whole or not at all.
  public func upsert(_ documents: [EncodedDocument]) async throws -> [RefusedDocument] {
    var body = Data("{\"points\":[".utf8)
    for (position, document) in documents.enumerated() {
      if position > 0 { body.append(UInt8(ascii: ",")) }
      body.append(contentsOf: document.bytes)
    }
    body.append(contentsOf: Data("]}".utf8))
    var call = call("PUT", ["points"], ["wait": "true"])
    call.body = body
    call.timeout = EngineConnection.bulkTimeout
    call.isRetried = false
    try await connection.send(call)
    return []
  }

  /// Does nothing: what was confirmed is visible.
  public func refresh() async throws {}

  /// Removes points.
  public func delete(_ ids: [DocumentID]) async throws {
    let points = ids.map { QdrantIdentifier.point(for: $0).json }
    try await connection.send(
      call("POST", ["points", "delete"], ["wait": "true"]).with(["points": .array(points)]))
  }

  /// Removes points that pass a filter.
  public func delete(where filter: DocumentFilter) async throws {
    try await connection.send(
      call("POST", ["points", "delete"], ["wait": "true"])
        .with(["filter": try QdrantFilter.json(filter)]))
  }

  /// How many points pass a filter.
  public func count(where filter: DocumentFilter?) async throws -> Int {
    var body = JSONObject([("exact", true)])
    if let filter { body["filter"] = try QdrantFilter.json(filter) }
    let answer = try await connection.send(
      call("POST", ["points", "count"]).with(.object(body)))
    guard let count = answer["result"]?["count"]?.int else { throw unexpected("a count") }
    return count
  }

  /// Ends all connections.
  public func close() async throws { try await connection.transport.shutdown() }

  // MARK: Calls

  /// A call below the collection's path.
  func call(
    _ method: String, _ path: [String] = [], _ query: [String: String] = [:]
  ) -> EngineConnection.Call {
    EngineConnection.Call(method, ["collections", configuration.collection] + path, query)
  }

  func unexpected(_ what: String) -> EngineError {
    EngineError(.internalError, "Qdrant's answer has no \(what). Is it of a version before 1.10?")
  }
}

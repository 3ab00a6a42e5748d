import Foundation
import SparrowCore
import SparrowIndex

/// What Elasticsearch and OpenSearch have in common: bulk requests, counting, deleting, hits.
///
/// A document is stored as `id` (a keyword, for sorting), the sparse vector, the dense vector, its
/// fields, and `payload`.
struct LuceneIndex: Sendable {
  let connection: EngineConnection
  let index: String
  let sparseName: String
  let denseName: String
  let keys: TermKeys

  /// Lucene's bounds of a query's weights.
  static let largestQueryWeight: Float = 64
  /// How many terms a query may have: Lucene's usual limit of clauses.
  static let largestQueryTermCount = 1024

  func call(
    _ method: String, _ path: [String] = [], _ query: [String: String] = [:]
  ) -> EngineConnection.Call {
    EngineConnection.Call(method, [index] + path, query)
  }

  // MARK: Collection

  /// The version of the server.
  ///
  /// - Parameter distribution: what the product calls itself there; Elasticsearch says nothing.
  /// - Returns: the product with its version.
  /// - Throws: ``EngineError`` when another product answers.
  func status(distribution: String?) async throws -> EngineStatus {
    let version = try await connection.send(.init("GET", []))["version"]
    guard version?["distribution"] == distribution.map(JSONValue.string),
      let number = version?["number"]?.string.flatMap(EngineVersion.init(parsing:))
    else {
      throw EngineError(
        .unsupported,
        "Something answers at \(connection.base), but it is not \(connection.product).")
    }
    return EngineStatus(product: connection.product, version: number)
  }

  /// The mappings of all but the sparse vector.
  func properties(_ schema: EngineSchema, sparse: JSONValue, dense: JSONValue?) -> JSONValue {
    var properties = JSONObject([
      ("id", ["type": "keyword"]), (sparseName, sparse),
      ("payload", ["type": "object", "enabled": false]),
    ])
    properties[denseName] = dense
    for (name, kind) in schema.sortedFields {
      properties[name] = ["type": kind == .keyword ? "keyword" : "double"]
    }
    return .object(properties)
  }

  func create(_ body: JSONValue) async throws {
    var call = call("PUT").with(body)
    call.proofOfSuccess = .alreadyExists
    try await connection.send(call)
  }

  func drop() async throws {
    do {
      try await connection.send(call("DELETE"))
    } catch let error as EngineError where error.kind == .notFound {
      return
    }
  }

  // MARK: Writing

  /// Two lines of a bulk request: what to do, and the document.
  func encode(_ document: EngineDocument) throws(EngineError) -> EncodedDocument {
    let vector = try EngineWeights.withoutZeros(document.vector, of: "document \"\(document.id)\"")
    try EngineWeights.checkForLucene(vector, of: "document \"\(document.id)\"")
    guard !document.id.rawValue.isEmpty, document.id.rawValue.utf8.count <= 512 else {
      throw EngineError(
        .invalid,
        "Identifiers have 1 to 512 bytes; found \(document.id.rawValue.utf8.count) bytes.")
    }
    var json = JSONBytes()
    let id = JSONValue.string(document.id.rawValue)
    json.append(["index": ["_id": id]])
    json.append("\n{")
    json.append("id", id)
    if !vector.indices.isEmpty {
      json.append(",")
      json.append(.string(sparseName))
      json.append(":{")
      var isFirst = true
      for (index, weight) in zip(vector.indices, vector.values) {
        json.append(isFirst ? "" : ",")
        json.append(.string(try keys.key(index)))
        json.append(":\(weight)")
        isFirst = false
      }
      json.append("}")
    }
    if let dense = document.dense {
      guard dense.allSatisfy(\.isFinite) else {
        throw EngineError(
          .invalid,
          "The dense vector of document \"\(document.id)\" has weights that are not finite.")
      }
      json.append(",")
      json.append(.string(denseName))
      json.append(":")
      json.appendArray(dense)
    }
    for (name, value) in document.fields.sorted(by: { $0.key < $1.key }) {
      try FieldName.check(name)
      json.append(",")
      json.append(name, value.json)
    }
    if let payload = document.payload {
      json.append(",")
      json.append("payload", payload)
    }
    json.append("}\n")
    return EncodedDocument(id: document.id, bytes: json.bytes)
  }

  func upsert(_ documents: [EncodedDocument]) async throws -> [RefusedDocument] {
    var body = Data()
    for document in documents { body.append(contentsOf: document.bytes) }
    let items = try await bulk(body, isRetried: false)
    guard items.count == documents.count else {
      throw EngineError(
        .internalError,
        "\(connection.product) answered \(items.count) items to \(documents.count) documents.")
    }
    return zip(documents, items).compactMap { document, item in
      refusal(item).map { RefusedDocument(id: document.id, error: $0) }
    }
  }

  func delete(_ ids: [DocumentID]) async throws {
    guard !ids.isEmpty else { return }
    var json = JSONBytes()
    for id in ids {
      json.append(["delete": ["_id": .string(id.rawValue)]])
      json.append("\n")
    }
    for item in try await bulk(Data(json.bytes), isRetried: true) {
      if let error = refusal(item), error.kind != .notFound { throw error }
    }
  }

  func delete(where filter: DocumentFilter) async throws {
    // Only what searches see is found.
    try await refresh()
    try await connection.send(
      call("POST", ["_delete_by_query"], ["conflicts": "proceed", "refresh": "true"])
        .with(["query": try LuceneFilter.json(filter)]))
  }

  func refresh() async throws { try await connection.send(call("POST", ["_refresh"])) }

  func count(where filter: DocumentFilter?) async throws -> Int {
    let query: JSONValue =
      if let filter { ["bool": ["filter": [try LuceneFilter.json(filter)]]] } else {
        ["match_all": [:]]
      }
    let answer = try await connection.send(call("POST", ["_count"]).with(["query": query]))
    guard let count = answer["count"]?.int else { throw unexpected("count") }
    return count
  }

  private func bulk(_ body: Data, isRetried: Bool) async throws -> [JSONValue] {
    var call = call("POST", ["_bulk"])
    call.body = body
    call.contentType = "application/x-ndjson"
    call.timeout = EngineConnection.bulkTimeout
    call.isRetried = isRetried
    guard let items = try await connection.send(call)["items"]?.array else {
      throw unexpected("list of items")
    }
    return items
  }

  /// Why one action of a bulk request failed, nil when it did not.
  private func refusal(_ item: JSONValue) -> EngineError? {
    guard let outcome = item.object?.values.first, let status = outcome["status"]?.int else {
      return unexpected("status of an item")
    }
    guard status >= 300 else { return nil }
    let (type, reason) = EngineConnection.reason(outcome)
    return EngineError(
      EngineConnection.kind(status: status, type: type),
      "\(connection.product) refused it with status \(status): \(reason ?? "no reason given").")
  }

  // MARK: Searching

  /// The weights of a query by key.
  ///
  /// - Throws: ``EngineError`` of kind `invalid` when Lucene could not use them as they are.
  func weights(_ vector: SparseVector) throws(EngineError) -> JSONObject {
    guard vector.activeCount <= Self.largestQueryTermCount else {
      throw EngineError(
        .invalid,
        "A query may have \(Self.largestQueryTermCount) terms in \(connection.product); found \(vector.activeCount). Keep the largest (SparseVector.keepingLargest)."
      )
    }
    var members: [(String, JSONValue)] = []
    for (index, weight) in zip(vector.indices, vector.values) {
      guard weight > 0, weight <= Self.largestQueryWeight else {
        throw EngineError(
          .invalid,
          "Weights of a query lie above 0 and up to \(Self.largestQueryWeight) in \(connection.product); found \(weight) at dimension \(index)."
        )
      }
      members.append((try keys.key(index), .shortest(weight)))
    }
    return JSONObject(members)
  }

  /// A query that scores like `scoring` among the documents that pass a filter.
  func filtered(_ scoring: JSONValue, _ filter: DocumentFilter?) throws(EngineError) -> JSONValue {
    guard let filter else { return scoring }
    return ["bool": ["must": [scoring], "filter": [try LuceneFilter.json(filter)]]]
  }

  /// The members of a search's body beside the query; results are in the order that Sparrow has.
  func frame(_ query: EngineQuery, isSorted: Bool = true) -> JSONObject {
    var body = JSONObject([
      ("size", .integer(Int64(query.count))), ("track_total_hits", false),
      (
        "_source",
        query.includesDocuments ? ["excludes": [.string(sparseName), .string(denseName)]] : false
      ),
    ])
    if isSorted {
      body["track_scores"] = true
      body["sort"] = [["_score": ["order": "desc"]], ["id": ["order": "asc"]]]
    }
    return body
  }

  func hits(_ answer: JSONValue) throws(EngineError) -> [EngineHit] {
    guard let hits = answer["hits"]?["hits"]?.array else { throw unexpected("hits") }
    var found: [EngineHit] = []
    for hit in hits {
      guard let id = hit["_id"]?.string, let score = hit["_score"]?.double else {
        throw unexpected("identifier or score")
      }
      let source = hit["_source"]
      found.append(
        EngineHit(
          id: DocumentID(id), score: score, fields: fields(source), payload: source?["payload"]))
    }
    return found.ranked()
  }

  /// The body of a request for a page; `source` says which members hits bring.
  func pageBody(
    _ filter: DocumentFilter?, count: Int, pit: String, after position: JSONValue?,
    source: JSONValue
  ) throws(EngineError) -> JSONValue {
    let query: JSONValue =
      if let filter { ["bool": ["filter": [try LuceneFilter.json(filter)]]] } else {
        ["match_all": [:]]
      }
    var body = JSONObject([
      ("size", .integer(Int64(max(1, count)))), ("query", query),
      ("pit", ["id": .string(pit), "keep_alive": "1m"]), ("sort", [["id": ["order": "asc"]]]),
      ("track_total_hits", false), ("_source", source),
    ])
    body["search_after"] = position
    return .object(body)
  }

  /// The documents of a page and what the next one is searched after.
  func documents(
    _ answer: JSONValue
  ) throws(EngineError) -> (documents: [EngineDocument], last: JSONValue?) {
    guard let hits = answer["hits"]?["hits"]?.array else { throw unexpected("hits") }
    let reader = TermKeyReader(keys)
    var documents: [EngineDocument] = []
    for hit in hits {
      guard let id = hit["_id"]?.string else { throw unexpected("identifier") }
      let source = hit["_source"]
      documents.append(
        EngineDocument(
          id: DocumentID(id), vector: try reader.vector(source?[sparseName]),
          dense: source?[denseName]?.array?.compactMap { $0.double.map { Float($0) } },
          fields: fields(source), payload: source?["payload"]))
    }
    return (documents, hits.last?["sort"])
  }

  private func fields(_ source: JSONValue?) -> [String: FieldValue] {
    let others = FieldName.reserved.union([sparseName, denseName])
    var fields: [String: FieldValue] = [:]
    for (name, value) in source?.object?.members.map({ $0 }) ?? [] where !others.contains(name) {
      fields[name] = FieldValue(json: value)
    }
    return fields
  }

  func unexpected(_ what: String) -> EngineError {
    EngineError(.internalError, "\(connection.product)'s answer has no \(what).")
  }
}

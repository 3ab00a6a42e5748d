import SparrowCore
public import SparrowIndex

extension QdrantEngine {
  /// The points with the largest dot products, or the best of a hybrid search.
  public func search(_ query: EngineQuery) async throws -> [EngineHit] {
    let query = try query.validated()
    guard query.count > 0, !query.vector.indices.isEmpty || query.dense != nil else { return [] }
    if query.dense != nil {
      let least = EngineVersion(1, query.fusion.weights == nil ? 16 : 17)
      try await status().version.require(
        least, for: "Reciprocal rank fusion with a constant or weights", of: "Qdrant")
    }
    let body = try body(query)
    let answer = try await connection.send(call("POST", ["points", "query"]).with(body))
    guard let points = answer["result"]?["points"]?.array else { throw unexpected("points") }
    return try points.map(hit).ranked()
  }

  /// The body of a search.
  func body(_ query: EngineQuery) throws(EngineError) -> JSONValue {
    let sparse: JSONValue = [
      "indices": .array(query.vector.indices.map { .integer(Int64($0)) }),
      "values": .array(query.vector.values.map { .shortest($0) }),
    ]
    let filter = try query.filter.map { (filter) throws(EngineError) in
      try QdrantFilter.json(filter)
    }
    var body = JSONObject()
    if let dense = query.dense {
      func part(_ vector: JSONValue, _ name: String) -> JSONValue {
        var part = JSONObject([
          ("query", vector), ("using", .string(name)), ("limit", .integer(Int64(query.window))),
        ])
        part["filter"] = filter
        return .object(part)
      }
      body["prefetch"] = [
        part(sparse, configuration.sparseName),
        part(.array(dense.map { .shortest($0) }), configuration.denseName),
      ]
      // Qdrant counts ranks from 0.
      var fusion = JSONObject([("k", .integer(Int64(query.fusion.rankConstant + 1)))])
      if let weights = query.fusion.weights {
        fusion["weights"] = .array(weights.map { .number($0) })
      }
      body["query"] = ["rrf": .object(fusion)]
    } else {
      body["query"] = sparse
      body["using"] = .string(configuration.sparseName)
      body["filter"] = filter
    }
    body["limit"] = .integer(Int64(query.count))
    body["with_payload"] =
      query.includesDocuments ? true : [.string(QdrantIdentifier.payloadKey)]
    return .object(body)
  }

  /// Points that pass a filter, page by page, in the order of Qdrant's identifiers.
  public func page(
    where filter: DocumentFilter?, count: Int, after cursor: ScrollCursor?
  ) async throws -> EnginePage {
    var body = JSONObject([
      ("limit", .integer(Int64(max(1, count)))), ("with_payload", true), ("with_vector", true),
    ])
    if let filter { body["filter"] = try QdrantFilter.json(filter) }
    body["offset"] = cursor?.token
    let answer = try await connection.send(
      call("POST", ["points", "scroll"]).with(.object(body)))
    guard let result = answer["result"], let points = result["points"]?.array else {
      throw unexpected("points")
    }
    let next = result["next_page_offset"].flatMap { $0.isNull ? nil : ScrollCursor(token: $0) }
    return EnginePage(documents: try points.map(document), next: next)
  }

  private func hit(_ point: JSONValue) throws(EngineError) -> EngineHit {
    guard let id = QdrantIdentifier.document(of: point), let score = point["score"]?.double else {
      throw unexpected("identifier or score")
    }
    return EngineHit(
      id: id, score: score, fields: Self.fields(point), payload: point["payload"]?["payload"])
  }

  private func document(_ point: JSONValue) throws(EngineError) -> EngineDocument {
    let vectors = point["vector"]
    let sparse = vectors?[configuration.sparseName]
    let pairs = zip(
      sparse?["indices"]?.array?.compactMap { $0.int.flatMap(TokenID.init(exactly:)) } ?? [],
      sparse?["values"]?.array?.compactMap(\.double) ?? []
    ).sorted { $0.0 < $1.0 }
    guard let id = QdrantIdentifier.document(of: point) else { throw unexpected("identifier") }
    let vector: SparseVector
    do {
      vector = try SparseVector(
        dimension: EnginePage.dimension, indices: pairs.map(\.0), values: pairs.map { Float($0.1) })
    } catch {
      throw EngineError(
        .internalError, "Qdrant returned a broken vector of document \"\(id)\": \(error.message)")
    }
    return EngineDocument(
      id: id, vector: vector,
      dense: vectors?[configuration.denseName]?.array?.compactMap { $0.double.map { Float($0) } },
      fields: Self.fields(point), payload: point["payload"]?["payload"])
  }

  private static func fields(_ point: JSONValue) -> [String: FieldValue] {
    var fields: [String: FieldValue] = [:]
    for (name, value) in point["payload"]?.object?.members.map({ $0 }) ?? []
    where name != "payload" && name != QdrantIdentifier.payloadKey {
      fields[name] = FieldValue(json: value)
    }
    return fields
  }
}

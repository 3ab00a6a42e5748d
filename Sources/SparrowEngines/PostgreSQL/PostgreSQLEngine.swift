import Foundation
public import SparrowCore
public import SparrowIndex

/// A table in PostgreSQL with pgvector 0.7 or newer.
///
/// - Scores are exact dot products of float32 weights, negative ones included; the search reads the
///   whole table unless ``Configuration-swift.struct/nearestNeighbours`` is set, which suits some
///   ten thousand documents.
/// - Documents whose score is zero are not returned. Without an index equal scores come in the order
///   of identifiers.
/// - A vector has at most 16,000 weights, 1,000 with an index.
/// - The table has the columns `id`, `sparse`, `dense` if wanted, one for each field, and `payload`.
///
/// ```swift
/// let configuration = PostgreSQLEngine.Configuration(table: "packages")
/// let engine = try PostgreSQLEngine(at: "postgresql://localhost/search", configuration)
/// ```
public struct PostgreSQLEngine: SearchEngine {
  /// Approximate search through an index of pgvector's.
  public struct NearestNeighbours: Sendable, Hashable {
    /// How many candidates a search looks at, 1...1000; the default is 200.
    public var candidateCount: Int

    /// Makes settings.
    public init(candidateCount: Int = 200) { self.candidateCount = candidateCount }
  }

  /// What is particular to a table.
  public struct Configuration: Sendable {
    /// The table's name, of at most 63 bytes.
    public var table: String
    /// Approximate search; nil, the default, searches exactly.
    public var nearestNeighbours: NearestNeighbours?
    /// When single requests are repeated.
    public var retry: RetryPolicy

    /// Makes settings.
    public init(
      table: String, nearestNeighbours: NearestNeighbours? = nil,
      retry: RetryPolicy = RetryPolicy()
    ) {
      self.table = table
      self.nearestNeighbours = nearestNeighbours
      self.retry = retry
    }
  }

  /// Some thousand rows at a time; there is one connection.
  public let batchLimits = BatchLimits(documentCount: 2000, byteCount: 16 << 20, concurrency: 1)

  /// pgvector's limits of weights in a vector, and in one that an index covers.
  private static let largestWeightCount = 16_000
  private static let largestIndexedWeightCount = 1000

  let configuration: Configuration
  private let database: any DatabaseConnection
  private let columns: ColumnCache
  private var table: String { SQLText.name(configuration.table) }

  /// Makes a client; nothing is sent yet.
  ///
  /// - Parameters:
  ///   - address: a URI as libpq takes it.
  ///   - configuration: the table and its settings.
  ///   - database: the connection; nil makes one.
  /// - Throws: ``EngineError`` when this build has no libpq.
  public init(
    at address: String, _ configuration: Configuration,
    database: (any DatabaseConnection)? = nil
  ) throws(EngineError) {
    guard configuration.table.utf8.count <= 63, !configuration.table.isEmpty else {
      throw EngineError(
        .usage, "A table's name has 1 to 63 bytes; found \"\(configuration.table)\".")
    }
    if let database {
      self.database = database
    } else {
      #if PostgreSQL
        self.database = PostgreSQLConnection(address)
      #else
        throw EngineError(
          .unsupported,
          "This build has no client of PostgreSQL. Build it with the package trait PostgreSQL (make build POSTGRESQL=1)."
        )
      #endif
    }
    self.configuration = configuration
    columns = ColumnCache()
  }

  // MARK: Collection

  /// The version of pgvector.
  public func status() async throws -> EngineStatus {
    let rows = try await run(
      SQLStatement("select default_version from pg_available_extensions where name = 'vector'"))
    guard let version = rows.first?.first?.flatMap({ EngineVersion(parsing: $0) }) else {
      throw EngineError(.unsupported, "This PostgreSQL has no pgvector. Install the extension.")
    }
    return EngineStatus(product: "pgvector", version: version)
  }

  /// Creates the extension if it is missing, the table, and the indexes.
  public func createCollection(_ schema: EngineSchema) async throws {
    try schema.validate()
    let version = try await status().version
    try version.require(EngineVersion(0, 7), for: "Storing sparse vectors", of: "pgvector")
    if configuration.nearestNeighbours != nil {
      try version.require(EngineVersion(0, 8), for: "Filtering during a search", of: "pgvector")
    }
    try await run(SQLStatement("create extension if not exists vector"))
    var definitions = [
      "id text collate \"C\" primary key", "sparse sparsevec(\(schema.dimension)) not null",
    ]
    if let dimension = schema.denseDimension { definitions.append("dense vector(\(dimension))") }
    for (name, kind) in schema.sortedFields {
      definitions.append("\(SQLText.name(name)) \(kind == .keyword ? "text[]" : "float8")")
    }
    definitions.append("payload jsonb")
    try await run(SQLStatement("create table \(table) (\(definitions.joined(separator: ", ")))"))
    for (name, kind) in schema.sortedFields {
      let method = kind == .keyword ? "gin" : "btree"
      try await run(
        SQLStatement("create index on \(table) using \(method) (\(SQLText.name(name)))"))
    }
    if configuration.nearestNeighbours != nil {
      try await run(
        SQLStatement("create index on \(table) using hnsw (sparse sparsevec_ip_ops)"))
    }
    await columns.set(Self.columns(schema))
  }

  /// Removes the table.
  public func deleteCollection() async throws {
    try await run(SQLStatement("drop table if exists \(table)"))
    await columns.set(nil)
  }

  // MARK: Documents

  /// The values of the columns, as JSON: the table's columns are known when they are sent.
  public func encode(_ document: EngineDocument) throws(EngineError) -> EncodedDocument {
    let vector = try EngineWeights.withoutZeros(document.vector, of: "document \"\(document.id)\"")
    let limit =
      configuration.nearestNeighbours == nil
      ? Self.largestWeightCount : Self.largestIndexedWeightCount
    guard vector.activeCount <= limit else {
      throw EngineError(
        .invalid,
        "pgvector takes \(limit) weights a vector; document \"\(document.id)\" has \(vector.activeCount). Keep the largest (SparseVector.keepingLargest)."
      )
    }
    guard !document.id.rawValue.contains("\0") else {
      throw EngineError(.invalid, "PostgreSQL takes no identifier with a zero byte.")
    }
    var row = JSONObject([
      ("id", .string(document.id.rawValue)), ("sparse", .string(SQLText.sparse(vector))),
    ])
    row["dense"] = document.dense.map { .string(SQLText.dense($0)) }
    for (name, value) in document.fields {
      try FieldName.check(name)
      switch value {
      case .keywords(let words): row[name] = .string(SQLText.array(words))
      case .number(let number): row[name] = .string("\(number)")
      }
    }
    row["payload"] = document.payload.map { .string($0.text(.compact)) }
    return EncodedDocument(id: document.id, bytes: Array(JSONValue.object(row).data(.compact)))
  }

  /// Copies rows into the table in one transaction, in place of rows of the same identifiers.
  public func upsert(_ documents: [EncodedDocument]) async throws -> [RefusedDocument] {
    let names = try await columnNames()
    var lines: [[UInt8]] = []
    for document in documents {
      let row = try JSONValue(parsing: document.bytes, path: "row")
      for name in row.object?.keys ?? [] where !names.contains(name) {
        throw EngineError(
          .invalid,
          "Document \"\(document.id)\" has the field \"\(name)\", which the table has not.")
      }
      lines.append(SQLText.copyLine(names.map { row[$0]?.string }))
    }
    let list = names.map(SQLText.name).joined(separator: ", ")
    let changes = names.dropFirst().map { "\(SQLText.name($0)) = excluded.\(SQLText.name($0))" }
    // Of rows that repeat an identifier the last one counts.
    try await database.copy(
      lines, copy: "copy sparrow_stage (\(list)) from stdin",
      before: [
        "create temporary table sparrow_stage (like \(table)) on commit drop",
        "alter table sparrow_stage add column sparrow_order bigserial",
      ],
      after: [
        "insert into \(table) (\(list)) select distinct on (id) \(list) from sparrow_stage "
          + "order by id, sparrow_order desc on conflict (id) do update set "
          + changes.joined(separator: ", ")
      ])
    return []
  }

  /// Does nothing: what was confirmed is visible.
  public func refresh() async throws {}

  /// Removes rows.
  public func delete(_ ids: [DocumentID]) async throws {
    try await delete(where: .identifiers(Set(ids)))
  }

  /// Removes rows that pass a filter.
  public func delete(where filter: DocumentFilter) async throws {
    var statement = SQLStatement()
    let condition = try SQLFilter.condition(filter, &statement)
    statement.text = "delete from \(table) where \(condition)"
    try await run(statement)
  }

  /// How many rows pass a filter.
  public func count(where filter: DocumentFilter?) async throws -> Int {
    var statement = SQLStatement()
    let condition = try filter.map { try SQLFilter.condition($0, &statement) } ?? "true"
    statement.text = "select count(*) from \(table) where \(condition)"
    guard let count = try await run(statement).first?.first?.flatMap({ Int($0) }) else {
      throw EngineError(.internalError, "PostgreSQL returned no count.")
    }
    return count
  }

  /// Ends the connection.
  public func close() async throws { await database.close() }

  // MARK: Searching

  /// The rows with the largest dot products, or the best of a hybrid search.
  public func search(_ query: EngineQuery) async throws -> [EngineHit] {
    let query = try query.validated()
    guard query.count > 0, !query.vector.indices.isEmpty || query.dense != nil else { return [] }
    let fields = query.includesDocuments ? try await fieldNames() : []
    if let settings = configuration.nearestNeighbours {
      try await run(SQLStatement("set hnsw.ef_search = \(settings.candidateCount)"))
      try await run(SQLStatement("set hnsw.iterative_scan = 'strict_order'"))
    }
    let rows = try await run(try statement(query, fields: fields))
    return try rows.map { row in
      guard row.count == fields.count + (query.includesDocuments ? 3 : 2), let id = row[0],
        let score = row[1].flatMap({ Double($0) })
      else { throw EngineError(.internalError, "PostgreSQL returned a row without a score.") }
      return EngineHit(
        id: DocumentID(id), score: score, fields: Self.fields(fields, row.dropFirst(2)),
        payload: query.includesDocuments ? try Self.payload(row.last ?? nil) : nil)
    }.ranked()
  }

  /// The statement of a search; hits have `id`, `score`, fields and payload.
  func statement(_ query: EngineQuery, fields: [String]) throws(EngineError) -> SQLStatement {
    var statement = SQLStatement()
    let extra = query.includesDocuments ? fields.map(SQLText.name) + ["payload"] : []
    let list = (["d.id", "h.score"] + extra.map { "d.\($0)" }).joined(separator: ", ")
    let sparse = statement.parameter(SQLText.sparse(query.vector), as: "sparsevec")
    var condition = "true"
    if let filter = query.filter { condition = try SQLFilter.condition(filter, &statement) }
    // The index is used only when nothing else takes part in the order.
    let tie = configuration.nearestNeighbours == nil ? ", id" : ""
    let ranked = { (distance: String, limit: Int, tie: String) in
      "select id, -(\(distance)) as score from \(table) where \(condition) "
        + "order by \(distance)\(tie) limit \(limit)"
    }
    let isHybrid = query.dense != nil
    let best = ranked("sparse <#> \(sparse)", isHybrid ? query.window : query.count, tie)
    guard let dense = query.dense else {
      statement.text =
        "select \(list) from (\(best)) h join \(table) d using (id) where h.score <> 0 "
        + "order by h.score desc, d.id"
      return statement
    }
    let vector = statement.parameter(SQLText.dense(dense), as: "vector")
    let nearest = ranked("dense <#> \(vector)", query.window, ", id")
    let weights = query.fusion.weights ?? [1, 1]
    let part = { (source: String, weight: Double) in
      "select id, \(weight) / (\(query.fusion.rankConstant) + row_number() "
        + "over (order by score desc, id)) as part from (\(source)) s"
    }
    // Documents that share no term with the query are in the first list only to fill it.
    statement.text =
      "with parts as (\(part(best, weights[0])) where score <> 0 "
      + "union all \(part(nearest, weights[1]))), "
      + "h as (select id, sum(part)::float8 as score from parts group by id) "
      + "select \(list) from h join \(table) d using (id) order by h.score desc, d.id "
      + "limit \(query.count)"
    return statement
  }

  /// Rows that pass a filter, page by page, in the order of identifiers.
  public func page(
    where filter: DocumentFilter?, count: Int, after cursor: ScrollCursor?
  ) async throws -> EnginePage {
    let fields = try await fieldNames()
    let hasDense = try await columnNames().contains("dense")
    var statement = SQLStatement()
    var conditions = [try filter.map { try SQLFilter.condition($0, &statement) } ?? "true"]
    if let last = cursor?.token.string {
      conditions.append("id > \(statement.parameter(last, as: "text"))")
    }
    let list =
      ["id", "sparse", hasDense ? "dense" : "null", "payload"] + fields.map(SQLText.name)
    statement.text =
      "select \(list.joined(separator: ", ")) from \(table) "
      + "where \(conditions.joined(separator: " and ")) order by id limit \(max(1, count))"
    let rows = try await run(statement)
    let documents = try rows.map { row in
      guard row.count == list.count, let id = row[0], let sparse = row[1] else {
        throw EngineError(.internalError, "PostgreSQL returned a row without a vector.")
      }
      return EngineDocument(
        id: DocumentID(id), vector: try SQLText.sparse(parsing: sparse),
        dense: row[2].map(SQLText.dense(parsing:)), fields: Self.fields(fields, row.dropFirst(4)),
        payload: try Self.payload(row[3]))
    }
    let next = rows.count < max(1, count) ? nil : documents.last?.id
    return EnginePage(
      documents: documents, next: next.map { ScrollCursor(token: .string($0.rawValue)) })
  }

  // MARK: Rows

  private static func fields(
    _ names: [String], _ values: ArraySlice<String?>
  ) -> [String: FieldValue] {
    var fields: [String: FieldValue] = [:]
    for (name, value) in zip(names, values) {
      guard let value else { continue }
      fields[name] = Double(value).map { .number($0) } ?? .keywords(SQLText.words(parsing: value))
    }
    return fields
  }

  private static func payload(_ text: String?) throws -> JSONValue? {
    try text.map { try JSONValue(parsing: Data($0.utf8), path: "payload") }
  }

  private static func columns(_ schema: EngineSchema) -> [String] {
    ["id", "sparse"] + (schema.denseDimension == nil ? [] : ["dense"])
      + schema.sortedFields.map(\.name) + ["payload"]
  }

  private func fieldNames() async throws -> [String] {
    try await columnNames().filter { !FieldName.reserved.contains($0) }
  }

  /// The table's columns, the identifier first.
  private func columnNames() async throws -> [String] {
    if let known = await columns.names { return known }
    let rows = try await run(
      SQLStatement(
        "select attname from pg_attribute where attrelid = to_regclass($1) and attnum > 0 "
          + "and not attisdropped order by attnum", [table]))
    let names = rows.compactMap { $0.first ?? nil }
    guard names.first == "id" else {
      throw EngineError(
        .notFound, "There is no table \(table) of Sparrow's. Create the collection first.")
    }
    await columns.set(names)
    return names
  }

  @discardableResult
  private func run(_ statement: SQLStatement) async throws -> DatabaseRows {
    try await configuration.retry.run { _ in
      try await database.run(statement.text, statement.parameters)
    }
  }
}

/// The columns of the table, asked for once.
private actor ColumnCache {
  private(set) var names: [String]?

  func set(_ names: [String]?) { self.names = names }
}

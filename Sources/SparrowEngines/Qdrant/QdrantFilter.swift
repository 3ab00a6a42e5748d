import SparrowCore
import SparrowIndex

/// Filters in Qdrant's language.
enum QdrantFilter {
  /// A filter that can stand alone.
  ///
  /// - Throws: ``EngineError`` of kind `usage` when a field's name cannot be used.
  static func json(_ filter: DocumentFilter) throws(EngineError) -> JSONValue {
    let condition = try condition(filter)
    let isFilter = ["must", "should", "must_not"].contains { condition[$0] != nil }
    return isFilter ? condition : ["must": [condition]]
  }

  /// A condition, which may be a filter inside a filter.
  private static func condition(_ filter: DocumentFilter) throws(EngineError) -> JSONValue {
    switch filter {
    case .keyword(let field, let words):
      try FieldName.check(field)
      return [
        "key": .string(field), "match": ["any": .array(words.sorted().map { .string($0) })],
      ]
    case .number(let field, let lowest, let highest):
      try FieldName.check(field)
      var range = JSONObject()
      if let lowest { range["gte"] = .number(lowest) }
      if let highest { range["lte"] = .number(highest) }
      return ["key": .string(field), "range": .object(range)]
    case .exists(let field):
      try FieldName.check(field)
      return ["must_not": [["is_empty": ["key": .string(field)]]]]
    case .identifiers(let ids):
      return ["has_id": .array(ids.sorted().map { QdrantIdentifier.point(for: $0).json })]
    case .all(let filters): return ["must": .array(try filters.map(condition))]
    case .any(let filters):
      // An empty list of alternatives would pass everything.
      return filters.isEmpty ? ["has_id": []] : ["should": .array(try filters.map(condition))]
    case .not(let filter): return ["must_not": [try condition(filter)]]
    }
  }
}

import SparrowCore
import SparrowIndex

/// Filters in the language of Elasticsearch and OpenSearch.
enum LuceneFilter {
  /// A query that scores nothing.
  ///
  /// - Throws: ``EngineError`` of kind `usage` when a field's name cannot be used.
  static func json(_ filter: DocumentFilter) throws(EngineError) -> JSONValue {
    switch filter {
    case .keyword(let field, let words):
      try FieldName.check(field)
      let terms: JSONValue = .array(words.sorted().map { .string($0) })
      return ["terms": .object(JSONObject([(field, terms)]))]
    case .number(let field, let lowest, let highest):
      try FieldName.check(field)
      var range = JSONObject()
      if let lowest { range["gte"] = .number(lowest) }
      if let highest { range["lte"] = .number(highest) }
      return ["range": .object(JSONObject([(field, .object(range))]))]
    case .exists(let field):
      try FieldName.check(field)
      return ["exists": ["field": .string(field)]]
    case .identifiers(let ids):
      return ["ids": ["values": .array(ids.sorted().map { .string($0.rawValue) })]]
    case .all(let filters):
      return ["bool": ["filter": .array(try filters.map(json))]]
    case .any(let filters):
      // An empty list of alternatives would pass everything.
      guard !filters.isEmpty else { return ["match_none": [:]] }
      return ["bool": ["should": .array(try filters.map(json)), "minimum_should_match": 1]]
    case .not(let filter):
      return ["bool": ["must_not": [try json(filter)]]]
    }
  }
}

import SparrowCore

/// An approximate search and what it was measured to find.
public struct ApproximateCalibration: Sendable, Hashable {
  /// The search's settings.
  public var search: ApproximateSearch
  /// The part of the exact results that it found, 0...1; documents with the same score as the last
  /// exact one count as found.
  public var recall: Double
  /// How many results a query were compared.
  public var hitCount: Int
  /// On how many queries it was measured.
  public var queryCount: Int

  /// Makes a calibration from its numbers.
  public init(search: ApproximateSearch, recall: Double, hitCount: Int, queryCount: Int) {
    self.search = search
    self.recall = recall
    self.hitCount = hitCount
    self.queryCount = queryCount
  }

  /// The calibration as the manifest stores it.
  var json: JSONValue {
    .object(
      JSONObject([
        ("remainder_factor", .number(search.remainderFactor)),
        ("recall", .number(recall)),
        ("hits", .integer(Int64(hitCount))),
        ("queries", .integer(Int64(queryCount))),
      ]))
  }

  /// Reads what ``json`` gives; nil when a member is missing or wrong.
  init?(json: JSONValue) {
    guard let factor = json["remainder_factor"]?.double, (0...1).contains(factor),
      let recall = json["recall"]?.double,
      let hitCount = json["hits"]?.int, let queryCount = json["queries"]?.int
    else { return nil }
    self.init(
      search: ApproximateSearch(remainderFactor: factor), recall: recall, hitCount: hitCount,
      queryCount: queryCount)
  }
}

public import SparrowCore

/// A condition on fields and identifiers of documents.
///
/// ```swift
/// let filter = DocumentFilter.all([
///   .keyword("language", isOneOf: ["en", "de"]), .number("year", from: 2020),
/// ])
/// ```
public indirect enum DocumentFilter: Sendable, Hashable {
  /// The field has one of the words.
  case keyword(String, isOneOf: Set<String>)
  /// The field has a number in the range, both ends included; nil leaves an end open.
  case number(String, from: Double? = nil, upTo: Double? = nil)
  /// The field has any value.
  case exists(String)
  /// The document is one of these.
  case identifiers(Set<DocumentID>)
  /// All conditions hold; an empty list always holds.
  case all([DocumentFilter])
  /// At least one condition holds; an empty list never holds.
  case any([DocumentFilter])
  /// The condition does not hold.
  case not(DocumentFilter)

  /// The field has the word.
  public static func keyword(_ field: String, is word: String) -> DocumentFilter {
    .keyword(field, isOneOf: [word])
  }
}

extension DocumentFilter {
  /// The documents of a segment for which the condition holds.
  ///
  /// - Throws: ``IndexError`` when the segment's fields are damaged or an end of a range is NaN.
  func matches(in segment: Segment) throws(IndexError) -> Bitmap {
    var result = Bitmap(capacity: segment.documentCount)
    switch self {
    case .keyword(let field, let words):
      try segment.fields.insert(field, words: words, into: &result)
    case .number(let field, let lowest, let highest):
      let ends = [lowest ?? -.infinity, highest ?? .infinity]
      guard !ends.contains(where: \.isNaN) else {
        throw IndexError(
          .usage, "The ends of a range of field \"\(field)\" must be numbers; found NaN.")
      }
      try segment.fields.insert(field, numbersFrom: ends[0], upTo: ends[1], into: &result)
    case .exists(let field): try segment.fields.insert(anyValueOf: field, into: &result)
    case .identifiers(let ids):
      for id in ids {
        if let number = segment.number(of: id) { result.insert(number) }
      }
    case .all(let filters):
      result.invert()
      for filter in filters { result.formIntersection(try filter.matches(in: segment)) }
    case .any(let filters):
      for filter in filters { result.formUnion(try filter.matches(in: segment)) }
    case .not(let filter):
      result = try filter.matches(in: segment)
      result.invert()
    }
    return result
  }
}

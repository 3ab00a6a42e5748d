/// What the documents of a collection have, told to an engine when the collection is created.
public struct EngineSchema: Sendable, Hashable {
  /// How a field is compared by filters.
  public enum FieldKind: String, Sendable, Hashable {
    /// One or more words, compared as they are.
    case keyword
    /// A number, compared by size.
    case number
  }

  /// The size of the sparse space, `V`.
  public var dimension: Int
  /// The size of dense vectors, nil when documents have none.
  public var denseDimension: Int?
  /// The fields that filters may use.
  public var fields: [String: FieldKind]

  /// Makes a schema.
  public init(dimension: Int, denseDimension: Int? = nil, fields: [String: FieldKind] = [:]) {
    self.dimension = dimension
    self.denseDimension = denseDimension
    self.fields = fields
  }

  /// The fields in the order of their names.
  var sortedFields: [(name: String, kind: FieldKind)] {
    fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Checks sizes and names.
  ///
  /// - Throws: ``EngineError`` of kind `usage` when a size is below 1 or a name cannot be used.
  func validate() throws(EngineError) {
    guard dimension > 0, denseDimension ?? 1 > 0 else {
      throw EngineError(
        .usage,
        "Vectors need 1 dimension or more; found \(dimension) sparse and \(denseDimension ?? 0) dense."
      )
    }
    for name in fields.keys { try FieldName.check(name) }
  }
}

/// The names that fields may have in every engine.
package enum FieldName {
  /// Names that engines or this module use for something else.
  static let reserved: Set<String> = ["id", "sparse", "dense", "payload"]

  /// Whether every engine can have a field of this name.
  package static func isUsable(_ name: String) -> Bool { (try? check(name)) != nil }

  /// Checks a name.
  ///
  /// - Throws: ``EngineError`` of kind `usage` when it is reserved, empty or has other characters
  ///   than letters a–z, digits and underscores behind a letter.
  static func check(_ name: String) throws(EngineError) {
    let bytes = Array(name.utf8)
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    let capitals = UInt8(ascii: "A")...UInt8(ascii: "Z")
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let isPlain = bytes.allSatisfy {
      letters.contains($0) || capitals.contains($0) || digits.contains($0)
        || $0 == UInt8(ascii: "_")
    }
    guard isPlain, let first = bytes.first, letters.contains(first) || capitals.contains(first),
      !reserved.contains(name)
    else {
      throw EngineError(
        .usage,
        "A field's name consists of letters, digits and underscores behind a letter, and is none of \(reserved.sorted().joined(separator: ", ")); found \"\(name)\"."
      )
    }
  }
}

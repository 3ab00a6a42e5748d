/// A text identifier whose order is that of its UTF-8 bytes, which equals the order of Unicode code
/// points (the order in which the reference breaks ties).
public struct Identifier<Kind>: Hashable, Sendable, Comparable, CustomStringConvertible,
  ExpressibleByStringLiteral
{
  /// The identifier as written in files.
  public let rawValue: String

  /// Makes an identifier from its text.
  public init(_ rawValue: String) { self.rawValue = rawValue }
  /// Makes an identifier from a literal.
  public init(stringLiteral value: String) { self.rawValue = value }

  /// The identifier as written in files.
  public var description: String { rawValue }

  /// Whether the left identifier's UTF-8 bytes come first.
  public static func < (left: Self, right: Self) -> Bool {
    left.rawValue.utf8.lexicographicallyPrecedes(right.rawValue.utf8)
  }
  /// Whether both have the same UTF-8 bytes; unlike `String`, without canonical equivalence.
  public static func == (left: Self, right: Self) -> Bool {
    left.rawValue.utf8.elementsEqual(right.rawValue.utf8)
  }
  /// Hashes the UTF-8 bytes.
  public func hash(into hasher: inout Hasher) {
    for byte in rawValue.utf8 { hasher.combine(byte) }
    hasher.combine(UInt8(0xFF))
  }
}

/// Marks identifiers of documents.
public enum DocumentKind: Sendable {}
/// Marks identifiers of queries.
public enum QueryKind: Sendable {}

/// Identifies a document of a collection.
public typealias DocumentID = Identifier<DocumentKind>
/// Identifies a query.
public typealias QueryID = Identifier<QueryKind>

/// A position in a vocabulary.
public typealias TokenID = UInt32

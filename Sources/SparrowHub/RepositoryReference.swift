import SparrowCore

/// A repository on the Hub at a revision: `owner/name`, or `owner/name@revision`.
///
/// ```swift
/// let reference = try RepositoryReference("naver/splade-v3@main")
/// ```
public struct RepositoryReference: Sendable, Hashable, CustomStringConvertible {
  /// What a repository holds; it is part of the addresses and of the names of cache folders.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case model
    case dataset

    /// What stands before the name in the address of a page or file.
    var addressPrefix: String { self == .model ? "" : "\(rawValue)s/" }
  }

  /// What the repository holds.
  public let kind: Kind
  /// The owner and the name, joined by a slash; some old repositories have no owner.
  public let name: String
  /// A branch, a tag, or a commit of 40 hexadecimal digits.
  public let revision: String

  /// The revision of a reference that names none.
  public static let defaultRevision = "main"

  /// Reads a reference.
  ///
  /// - Parameters:
  ///   - text: `owner/name`, `name` or either with `@revision`.
  ///   - kind: what the repository holds.
  /// - Throws: ``HubError`` with the code `invalidName` and the rule that is broken.
  public init(_ text: String, kind: Kind = .model) throws(HubError) {
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    name = String(parts[0])
    revision = parts.count == 2 ? String(parts[1]) : Self.defaultRevision
    self.kind = kind
    try Self.check(name: name)
    try Self.check(revision: revision)
  }

  /// The same repository at another revision.
  public func at(revision: String) throws(HubError) -> RepositoryReference {
    try RepositoryReference("\(name)@\(revision)", kind: kind)
  }

  /// The reference as it is read.
  public var description: String {
    revision == Self.defaultRevision ? name : "\(name)@\(revision)"
  }

  /// Whether the revision is a commit, which never changes.
  var isCommit: Bool { Self.isCommit(revision) }

  static func isCommit(_ revision: String) -> Bool {
    revision.utf8.count == 40 && revision.utf8.allSatisfy(Hexadecimal.isLowercaseDigit)
  }

  private static func check(name: String) throws(HubError) {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let isWellFormed = parts.allSatisfy { part in
      let edges = [part.utf8.first, part.utf8.last]
      return !part.isEmpty && part.utf8.allSatisfy(isNameByte)
        && !edges.contains(UInt8(ascii: "-")) && !edges.contains(UInt8(ascii: "."))
    }
    guard parts.count <= 2, isWellFormed, name.utf8.count <= 96, !name.contains("--"),
      !name.contains(".."), !name.hasSuffix(".git")
    else {
      throw HubError(
        .invalidName,
        "Expected the name of a repository as owner/name: at most 96 letters, digits, '-', '_' and '.', no '--' or '..', no '-' or '.' at an end; found '\(name)'."
      )
    }
  }

  private static func check(revision: String) throws(HubError) {
    let parts = revision.split(separator: "/", omittingEmptySubsequences: false)
    let isWellFormed = parts.allSatisfy { part in
      !part.isEmpty && !part.hasPrefix(".") && part.utf8.allSatisfy { isNameByte($0) || $0 == 0x2B }
    }
    guard isWellFormed, !revision.contains("..") else {
      throw HubError(
        .invalidName,
        "Expected a branch, a tag or a commit after '@', such as main, v1.0 or refs/pr/1; found '\(revision)'."
      )
    }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
      UInt8(ascii: "."):
      true
    default: false
    }
  }
}

import SparrowCore

/// A file of a repository at a commit.
public struct RemoteFile: Sendable, Hashable {
  /// The path within the repository, with slashes.
  public let path: String
  /// The size in bytes.
  public let byteCount: Int
  /// The digest that names the bytes.
  let blob: BlobName

  /// Whether the file is kept outside of git, as large files are.
  public var isLarge: Bool { blob.method == .sha256 }
  /// The digest of the bytes: SHA-256 of large files, git's SHA-1 of others.
  public var digest: String { blob.digits }

  /// Makes a file; refuses paths that would lead out of the folder it is put into.
  init(path: String, byteCount: Int, blob: BlobName) throws(HubError) {
    guard Self.isSafe(path) else {
      throw HubError(
        .corrupted,
        "The repository has a file named '\(path)', which would leave its folder; nothing is written."
      )
    }
    self.path = path
    self.byteCount = byteCount
    self.blob = blob
  }

  /// Whether a path stays in its folder on every system.
  static func isSafe(_ path: String) -> Bool {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    return parts.allSatisfy { !["", ".", ".."].contains($0) }
      && !path.unicodeScalars.contains { $0 == "\\" || $0 == ":" || $0.value < 32 }
  }
}

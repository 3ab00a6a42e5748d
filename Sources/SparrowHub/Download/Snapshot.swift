public import Foundation

/// A repository at a commit, as a folder of this machine.
public struct Snapshot: Sendable, Hashable {
  /// The folder; its files are links into the cache and must not be changed.
  public let folder: URL
  /// The commit, 40 hexadecimal digits.
  public let commit: String
  /// The paths of the files that were asked for.
  public let paths: [String]
  /// Why the Hub was not asked whether there is something newer; nil when it was.
  public let reasonForAge: HubError?
}

public import Foundation

/// How a folder is uploaded.
public struct UploadOptions: Sendable, Hashable {
  /// The first line of the commit's message.
  public var message = "Upload with Sparrow"
  /// Whether to open a pull request instead of changing the revision; the default is false.
  public var createsPullRequest = false
  /// Whether a repository that has to be created is private; the default is false.
  ///
  /// One that exists stays as it is.
  public var isPrivate = false
  /// Which files; all by default.
  ///
  /// Files and folders whose names begin with a dot are left out.
  public var selection = FileSelection.all

  /// Makes the default options.
  public init() {}
}

/// What an upload came to.
public struct UploadResult: Sendable, Hashable {
  /// The page of the commit; nil when the repository had all files already.
  public let commitAddress: URL?
  /// The page of the pull request, when one was asked for.
  public let pullRequestAddress: URL?
  /// The files that were new or changed.
  public let paths: [String]
}

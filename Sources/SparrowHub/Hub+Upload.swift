public import Foundation
public import SparrowCore

extension Hub {
  /// Uploads a folder in one commit, and creates the repository when there is none.
  ///
  /// Files that the repository has already are not sent again.
  ///
  /// - Parameters:
  ///   - folder: the folder; links are followed to files but not to folders.
  ///   - reference: the repository and the branch that is to change.
  ///   - options: message, pull request, privacy and selection.
  ///   - progress: is told how many bytes of large files are sent.
  /// - Returns: the commit's page and which files changed.
  /// - Throws: ``HubError``; nothing is changed on the Hub before all files are there.
  public func upload(
    _ folder: URL, to reference: RepositoryReference, options: UploadOptions = UploadOptions(),
    progress: ProgressReporter? = nil
  ) throws(HubError) -> UploadResult {
    guard !configuration.isOffline else {
      throw HubError(.offline, "HF_HUB_OFFLINE keeps the network switched off.")
    }
    guard configuration.token != nil else {
      throw HubError(
        .unauthorized,
        "Uploading needs a token with the right to write: set HF_TOKEN (https://huggingface.co/settings/tokens)."
      )
    }
    let cancellation = Cancellation()
    let files = try LocalFile.all(in: folder, options.selection, cancellation)
    let commit = FolderCommit(
      client: client, cancellation: cancellation, reference: reference, options: options)
    try commit.createRepository()
    let changed = try commit.modes(of: files)
    guard !changed.isEmpty else {
      return UploadResult(commitAddress: nil, pullRequestAddress: nil, paths: [])
    }
    let large = changed.filter { $0.mode == .lfs }.map(\.file)
    let upload = LargeFileUpload(
      client: client, cancellation: cancellation, reference: reference,
      counter: ByteCounter(
        "Uploading \(reference.name)", total: large.reduce(0) { $0 + $1.byteCount }, progress))
    try upload.run(large)
    return try commit.send(changed)
  }
}

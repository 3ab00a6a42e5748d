import Foundation
import SparrowCore

/// Asks the Hub which commit a revision is and which files it has.
struct RepositoryTree {
  let client: HubClient
  let cancellation: Cancellation

  /// The commit that a revision is now.
  func commit(of reference: RepositoryReference) throws(HubError) -> String {
    if reference.isCommit { return reference.revision }
    let address = client.address(
      ["api", reference.kind.rawValue + "s"] + reference.nameParts
        + ["revision", reference.revision])
    let (answer, _) = try client.json(HTTPRequest(url: address), about: reference, cancellation)
    guard let commit = answer["sha"]?.string, RepositoryReference.isCommit(commit) else {
      throw HubError(
        .unexpectedAnswer,
        "Expected the Hub to name the commit of \(reference) in 'sha'; it did not.")
    }
    return commit
  }

  /// The files of a commit, from the cache when it was asked for before: a commit never changes.
  func files(
    of reference: RepositoryReference, at commit: String, _ cache: RepositoryCache
  ) throws(HubError) -> [RemoteFile] {
    if let known = try Self.cached(cache.tree(commit)) { return known }
    var files: [RemoteFile] = []
    var page: URL? = client.address(
      ["api", reference.kind.rawValue + "s"] + reference.nameParts + ["tree", commit],
      query: "recursive=true&expand=false")
    while let address = page {
      let (answer, response) = try client.json(
        HTTPRequest(url: address), about: reference, cancellation)
      for entry in answer.array ?? [] where entry["type"] == "file" {
        files.append(try Self.file(entry, of: reference))
      }
      page = Self.nextPage(response)
    }
    try Self.keep(files, in: cache.tree(commit), cache)
    return files
  }

  private static func file(
    _ entry: JSONValue, of reference: RepositoryReference
  ) throws(HubError) -> RemoteFile {
    let digest = entry["lfs"]?["oid"]?.string ?? entry["oid"]?.string
    let byteCount = entry["lfs"]?["size"]?.int ?? entry["size"]?.int
    guard let path = entry["path"]?.string, let blob = digest.flatMap({ BlobName($0) }),
      let byteCount, byteCount >= 0
    else {
      throw HubError(
        .unexpectedAnswer,
        "Expected path, size and digest of each file of \(reference) from the Hub; found \(entry.text())."
      )
    }
    return try RemoteFile(path: path, byteCount: byteCount, blob: blob)
  }

  /// The address in `Link: <…>; rel="next"`.
  private static func nextPage(_ response: HTTPResponse) -> URL? {
    for link in response.headers["link"]?.split(separator: ",") ?? []
    where link.contains("rel=\"next\"") {
      let address = link.drop { $0 != "<" }.dropFirst().prefix { $0 != ">" }
      return URL(string: String(address), relativeTo: response.url)?.absoluteURL
    }
    return nil
  }

  /// Reads the list of a commit in the Python library's format; nil when there is none of use.
  static func cached(_ file: URL) throws(HubError) -> [RemoteFile]? {
    guard let list = try? JSONValue(contentsOf: file), list["format_version"] == 1,
      let entries = list["files"]?.object
    else { return nil }
    var files: [RemoteFile] = []
    for (path, entry) in entries.members {
      let digest = entry["lfs_sha256"]?.string ?? entry["blob_id"]?.string
      guard let blob = digest.flatMap({ BlobName($0) }),
        let byteCount = entry["lfs_size"]?.int ?? entry["size"]?.int
      else { return nil }
      files.append(try RemoteFile(path: path, byteCount: byteCount, blob: blob))
    }
    return files
  }

  private static func keep(
    _ files: [RemoteFile], in place: URL, _ cache: RepositoryCache
  ) throws(HubError) {
    let entries = files.sorted { $0.path < $1.path }.map { file in
      let size = JSONValue.integer(Int64(file.byteCount))
      var entry: JSONObject = JSONObject([("size", size), ("blob_id", .string(file.digest))])
      if file.isLarge {
        entry["lfs_sha256"] = .string(file.digest)
        entry["lfs_size"] = size
      }
      return (file.path, JSONValue.object(entry))
    }
    let list: JSONValue = ["format_version": 1, "files": .object(JSONObject(entries))]
    try cache.makeFolder(of: place)
    do {
      try AtomicFile.write(list.data(JSONFormat(indent: 1)), to: place)
    } catch {
      throw HubError(writing: place, error)
    }
  }
}

extension RepositoryReference {
  /// Owner and name.
  var nameParts: [String] { name.split(separator: "/").map(String.init) }
}

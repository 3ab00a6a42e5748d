import Foundation
import SparrowCore

/// Makes one commit of files through the Hub's own interface.
struct FolderCommit {
  /// A file and how it is sent.
  typealias Change = (file: LocalFile, mode: LocalFile.Mode)

  let client: HubClient
  let cancellation: Cancellation
  let reference: RepositoryReference
  let options: UploadOptions

  /// How many bytes of a file's beginning help the Hub to tell text from other data.
  private static let sampleByteCount = 512
  /// How many files are asked about at a time.
  private static let questionCount = 256

  private var kind: String { reference.kind.rawValue }
  private var query: String? { options.createsPullRequest ? "create_pr=1" : nil }

  /// Creates the repository unless it is there.
  func createRepository() throws(HubError) {
    let parts = reference.nameParts
    let body: JSONValue = [
      "name": .string(parts.last ?? ""),
      "organization": parts.count == 2 ? .string(parts[0]) : .null,
      "type": .string(kind),
      "visibility": options.isPrivate ? "private" : "public",
    ]
    do throws(HubError) {
      _ = try post(body.data(), "application/json", ["api", "repos", "create"])
    } catch {
      guard error.code == .alreadyExists else { throw error }
    }
  }

  /// Asks how each file is to be sent, and leaves out those that have not changed.
  func modes(of files: [LocalFile]) throws(HubError) -> [Change] {
    var changes: [Change] = []
    for start in stride(from: 0, to: files.count, by: Self.questionCount) {
      try ask(about: files[start..<min(start + Self.questionCount, files.count)], &changes)
    }
    return changes
  }

  private func ask(
    about files: ArraySlice<LocalFile>, _ changes: inout [Change]
  ) throws(HubError) {
    var questions: [JSONValue] = []
    for file in files {
      let sample = try file.bytes(count: Self.sampleByteCount).base64EncodedString()
      questions.append([
        "path": .string(file.path), "sample": .string(sample),
        "size": .integer(Int64(file.byteCount)),
      ])
    }
    let body: JSONValue = ["files": .array(questions)]
    let answer = try post(
      body.data(), "application/json", repositoryPath + ["preupload", reference.revision],
      query: query)
    var answers: [String: JSONValue] = [:]
    for entry in answer["files"]?.array ?? [] { answers[entry["path"]?.string ?? ""] = entry }
    for file in files {
      guard let entry = answers[file.path],
        let mode = entry["uploadMode"]?.string.flatMap(LocalFile.Mode.init(rawValue:))
      else {
        throw HubError(
          .unexpectedAnswer,
          "Expected the Hub to say how \(file.path) is to be uploaded ('regular' or 'lfs'); it did not."
        )
      }
      let known = entry["oid"]?.string
      let isIgnored = entry["shouldIgnore"]?.bool == true
      guard !isIgnored, known != file.gitName.digits, known != file.sha256.digits else { continue }
      // An empty file cannot be kept apart from git.
      changes.append((file, file.byteCount == 0 ? .regular : mode))
    }
  }

  /// Makes the commit: a line of JSON for its message and one for each file.
  func send(_ changes: [Change]) throws(HubError) -> UploadResult {
    var lines: [JSONValue] = [
      ["key": "header", "value": ["summary": .string(options.message), "description": ""]]
    ]
    for change in changes { lines.append(try line(of: change)) }
    var body = Data()
    for line in lines {
      body.append(line.data())
      body.append(UInt8(ascii: "\n"))
    }
    // A second commit of the same files would be the answer to a lost one, so this is not repeated.
    let answer = try post(
      body, "application/x-ndjson", repositoryPath + ["commit", reference.revision], query: query,
      isRepeatable: false)
    return UploadResult(
      commitAddress: answer["commitUrl"]?.string.flatMap { URL(string: $0) },
      pullRequestAddress: answer["pullRequestUrl"]?.string.flatMap { URL(string: $0) },
      paths: changes.map(\.file.path))
  }

  private func line(of change: Change) throws(HubError) -> JSONValue {
    let path = JSONValue.string(change.file.path)
    switch change.mode {
    case .regular:
      let content = try change.file.bytes().base64EncodedString()
      return [
        "key": "file", "value": ["content": .string(content), "path": path, "encoding": "base64"],
      ]
    case .lfs:
      return [
        "key": "lfsFile",
        "value": [
          "path": path, "algo": "sha256", "oid": .string(change.file.sha256.digits),
          "size": .integer(Int64(change.file.byteCount)),
        ],
      ]
    }
  }

  private var repositoryPath: [String] { ["api", kind + "s"] + reference.nameParts }

  private func post(
    _ body: Data, _ type: String, _ path: [String], query: String? = nil,
    isRepeatable: Bool = true
  ) throws(HubError) -> JSONValue {
    let request = HTTPRequest(
      method: "POST", url: client.address(path, query: query), headers: ["Content-Type": type],
      body: .data(body))
    return try client.json(request, about: reference, cancellation, isRepeatable: isRepeatable).0
  }
}

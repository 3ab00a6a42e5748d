import Foundation
import SparrowCore

/// Uploads large files by the protocol of Git LFS, in one piece or in the parts that the Hub names.
struct LargeFileUpload: Sendable {
  let client: HubClient
  let cancellation: Cancellation
  let reference: RepositoryReference
  let counter: ByteCounter

  private static let type = "application/vnd.git-lfs+json"

  /// Uploads those files that the Hub does not have.
  func run(_ files: [LocalFile]) throws(HubError) {
    guard !files.isEmpty else { return }
    let actions = try negotiate(files)
    let uploads = files.compactMap { file in actions[file.sha256.digits].map { (file, $0) } }
    try ParallelWork.forEach(
      uploads, threadCount: client.configuration.transferCount, cancellation
    ) { (upload) throws(HubError) in
      try send(upload.0, by: upload.1)
      if let verification = upload.1["verify"] { try verify(upload.0, by: verification) }
    }
  }

  /// Asks how to upload each file; those without an answer are there already.
  private func negotiate(_ files: [LocalFile]) throws(HubError) -> [String: JSONValue] {
    let objects = files.map { file -> JSONValue in
      ["oid": .string(file.sha256.digits), "size": .integer(Int64(file.byteCount))]
    }
    let address = client.address(
      reference.addressParts.dropLast()
        + [(reference.addressParts.last ?? "") + ".git", "info", "lfs", "objects", "batch"])
    let question: JSONValue = [
      "operation": "upload", "transfers": ["basic", "multipart"], "objects": .array(objects),
      "hash_algo": "sha256", "ref": ["name": .string(reference.revision)],
    ]
    let request = HTTPRequest(
      method: "POST", url: address,
      headers: ["Content-Type": Self.type, "Accept": Self.type], body: .data(question.data()))
    let (answer, _) = try client.json(request, about: reference, cancellation)
    guard let answers = answer["objects"]?.array else {
      throw unexpected("'objects'", in: answer)
    }
    var actions: [String: JSONValue] = [:]
    for object in answers {
      if let message = object["error"]?["message"]?.string {
        throw HubError(.forbidden, "The Hub refuses a large file of \(reference): \(message)")
      }
      guard let digest = object["oid"]?.string else { throw unexpected("'oid'", in: object) }
      actions[digest] = object["actions"]
    }
    return actions
  }

  private func send(_ file: LocalFile, by actions: JSONValue) throws(HubError) {
    guard let address = address(actions["upload"]) else {
      throw unexpected("'upload'", in: actions)
    }
    let header = actions["upload"]?["header"]
    let partSize = header?["chunk_size"].flatMap { $0.int ?? $0.string.flatMap { Int($0) } }
    if let partSize {
      try sendParts(of: file, partSize, header, completion: address)
    } else {
      try put(.file(file.location), to: address, headers(header))
      counter.add(file.byteCount)
    }
  }

  private func sendParts(
    of file: LocalFile, _ partSize: Int, _ header: JSONValue?, completion: URL
  ) throws(HubError) {
    let addresses = (header?.object?.members ?? JSONObject().members)
      .compactMap { key, value in Int(key).map { (number: $0, address: value.string) } }
      .sorted { $0.number < $1.number }
      .compactMap { part in part.address.flatMap { URL(string: $0) } }
    guard partSize > 0, addresses.count == (file.byteCount + partSize - 1) / partSize else {
      throw unexpected("an address for each part of \(file.path)", in: header ?? .null)
    }
    var parts: [JSONValue] = []
    for (index, address) in addresses.enumerated() {
      let bytes = try file.bytes(from: index * partSize, count: partSize)
      let response = try put(.data(bytes), to: address, [:])
      guard let tag = response.headers["etag"] else {
        throw HubError(
          .unexpectedAnswer,
          "Expected an ETag for part \(index + 1) of \(file.path); there is none.")
      }
      parts.append(["partNumber": .integer(Int64(index + 1)), "etag": .string(tag)])
      counter.add(bytes.count)
    }
    let body: JSONValue = ["oid": .string(file.sha256.digits), "parts": .array(parts)]
    try post(body, to: completion, ["Content-Type": Self.type, "Accept": Self.type])
  }

  private func verify(_ file: LocalFile, by action: JSONValue) throws(HubError) {
    guard let address = address(action) else { throw unexpected("'verify'", in: action) }
    let body: JSONValue = [
      "oid": .string(file.sha256.digits), "size": .integer(Int64(file.byteCount)),
    ]
    try post(body, to: address, ["Content-Type": "application/json"])
  }

  @discardableResult
  private func put(
    _ body: HTTPRequest.Body, to address: URL, _ headers: [String: String]
  ) throws(HubError) -> HTTPResponse {
    let request = HTTPRequest(method: "PUT", url: address, headers: headers, body: body)
    return try client.retrying(cancellation) { () throws(HubError) in
      try client.send(request, about: reference, cancellation) { _, _ in }
    }
  }

  private func post(
    _ body: JSONValue, to address: URL, _ headers: [String: String]
  ) throws(HubError) {
    let request = HTTPRequest(
      method: "POST", url: address, headers: headers, body: .data(body.data()))
    try client.retrying(cancellation) { () throws(HubError) in
      _ = try client.send(request, about: reference, cancellation) { _, _ in }
    }
  }

  private func address(_ action: JSONValue?) -> URL? {
    action?["href"]?.string.flatMap { URL(string: $0) }
  }

  /// The headers that the Hub wants to see again.
  private func headers(_ header: JSONValue?) -> [String: String] {
    var headers: [String: String] = [:]
    for (name, value) in header?.object?.members ?? JSONObject().members {
      headers[name] = value.string
    }
    return headers
  }

  private func unexpected(_ expected: String, in found: JSONValue) -> HubError {
    HubError(
      .unexpectedAnswer,
      "Expected \(expected) in the Hub's answer about large files of \(reference); found \(found.text().prefix(300))."
    )
  }
}

import Foundation
import SparrowCore
import Synchronization

extension StandInContents {
  private func body(of request: Request) -> JSONValue {
    (try? JSONValue(parsing: Array(request.body))) ?? .null
  }

  private func isAllowed(_ request: Request) -> Bool {
    request.headers["authorization"] == "Bearer \(StandInHub.token)"
  }

  func create(_ request: Request) -> Answer {
    guard isAllowed(request) else { return Answer(403, Data("You may not write here".utf8)) }
    let body = body(of: request)
    let kind = body["type"] == "dataset" ? "datasets" : "models"
    let name = "\(kind)/\(body["organization"]?.string ?? "me")/\(body["name"]?.string ?? "")"
    return value.withLock { contents in
      if contents.repositories[name] != nil {
        return Answer(409, Data("You already created this".utf8))
      }
      var repository = StandInHub.Repository([:])
      repository.isPrivate = body["visibility"] == "private"
      contents.repositories[name] = repository
      return Self.json(["url": .string(page(of: name))])
    }
  }

  /// The address of a repository's page.
  private func page(of name: String) -> String {
    let isModel = name.hasPrefix("models/")
    return "\(address.withLock { $0 })/\(isModel ? String(name.dropFirst("models/".count)) : name)"
  }

  func preupload(_ repository: StandInHub.Repository, _ request: Request) -> Answer {
    guard isAllowed(request) else { return Answer(403) }
    let files = body(of: request)["files"]?.array ?? []
    return Self.json([
      "files": .array(
        files.map { file in
          let path = file["path"]?.string ?? ""
          let isLarge = path.hasSuffix(".safetensors")
          return [
            "path": .string(path), "uploadMode": isLarge ? "lfs" : "regular", "shouldIgnore": false,
            "oid": repository.files[path] == nil ? .null : .string(repository.digest(of: path)),
          ]
        })
    ])
  }

  func negotiate(_ request: Request) -> Answer {
    guard isAllowed(request) else { return Answer(403) }
    let partByteCount = value.withLock { $0.partByteCount }
    let address = address.withLock { $0 }
    let objects = (body(of: request)["objects"]?.array ?? []).map { object -> JSONValue in
      let digest = object["oid"]?.string ?? ""
      let size = object["size"]?.int ?? 0
      let known = value.withLock { $0.uploads[digest] != nil }
      if known { return ["oid": .string(digest), "size": .integer(Int64(size))] }
      var upload = JSONObject([("href", .string("\(address)/storage/\(digest)"))])
      if size > partByteCount {
        let count = (size + partByteCount - 1) / partByteCount
        var header = JSONObject([("chunk_size", .string("\(partByteCount)"))])
        for part in 1...count {
          header["\(part)"] = .string("\(address)/storage/\(digest)/\(part)")
        }
        upload["header"] = .object(header)
      }
      return [
        "oid": .string(digest), "size": .integer(Int64(size)),
        "actions": [
          "upload": .object(upload),
          "verify": ["href": .string("\(address)/storage/\(digest)/verify")],
        ],
      ]
    }
    return Self.json(["transfer": "basic", "objects": .array(objects)])
  }

  /// Takes a large file, a part of one, or the question whether one is there.
  func store(_ path: [String], _ request: Request) -> Answer {
    let digest = path[1]
    return value.withLock { contents in
      if path.last == "verify" { return Answer(contents.uploads[digest] == nil ? 404 : 200) }
      if request.method == "PUT" {
        contents.uploads[path.dropFirst().joined(separator: "/")] = request.body
        return Answer(200, headers: ["ETag": "\"part\""])
      }
      let count = body(of: request)["parts"]?.array?.count ?? 0
      contents.uploads[digest] = (1...max(1, count)).reduce(into: Data()) { whole, part in
        whole += contents.uploads["\(digest)/\(part)"] ?? Data()
      }
      return Answer(200)
    }
  }

  func commit(
    _ name: String, _ repository: StandInHub.Repository, _ request: Request
  ) -> Answer {
    guard isAllowed(request) else { return Answer(403) }
    let lines = String(decoding: request.body, as: UTF8.self).split(separator: "\n").map(
      String.init)
    var repository = repository
    for line in lines {
      guard let entry = try? JSONValue(parsing: Array(line.utf8)),
        let path = entry["value"]?["path"]?.string
      else { continue }
      if entry["key"] == "lfsFile" {
        let digest = entry["value"]?["oid"]?.string ?? ""
        repository.files[path] = value.withLock { $0.uploads[digest] }
        repository.largePaths.insert(path)
      } else {
        repository.files[path] = Data(base64Encoded: entry["value"]?["content"]?.string ?? "")
      }
    }
    let isPullRequest = request.target.contains("create_pr=1")
    repository.commit = String(repeating: "b2", count: 20)
    value.withLock { contents in
      contents.commits.append(lines)
      if !isPullRequest { contents.repositories[name] = repository }
    }
    return Self.json([
      "commitUrl": .string("\(page(of: name))/commit/\(repository.commit)"),
      "commitOid": .string(repository.commit),
      "pullRequestUrl": isPullRequest ? .string("\(page(of: name))/discussions/1") : .null,
    ])
  }
}

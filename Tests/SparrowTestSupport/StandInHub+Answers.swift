import Foundation
import SparrowCore
import Synchronization

extension StandInContents {
  typealias Request = LoopbackServer.Request
  typealias Answer = LoopbackServer.Answer

  /// The answer to a request.
  func answer(_ request: Request) -> Answer {
    let fault = value.withLock { contents -> Answer? in
      let index = contents.faults.firstIndex { $0.times > 0 && $0.matches(request) }
      guard let index else { return nil }
      contents.faults[index].times -= 1
      return contents.faults[index].answer
    }
    if let fault { return fault }
    let path = request.path
    switch path.first {
    case "cdn": return bytes(path, request)
    case "storage": return store(path, request)
    case "api" where path.count > 2 && path[1] == "repos": return create(request)
    case "api" where path.count > 4: return interface(path, request)
    default:
      let kind = path.first == "datasets" ? "datasets" : "models"
      let rest = Array(path.dropFirst(kind == "models" ? 0 : 1))
      guard rest.count > 2 else { return Self.refusal(404, "RepoNotFound") }
      if rest[1].hasSuffix(".git") { return negotiate(request) }
      return resolve("\(kind)/\(rest[0])/\(rest[1])", Array(rest.dropFirst(3)), request)
    }
  }

  static func refusal(_ status: Int, _ code: String, _ message: String = "") -> Answer {
    Answer(status, Data(message.utf8), headers: ["X-Error-Code": code, "X-Error-Message": message])
  }

  static func json(_ value: JSONValue, headers: [String: String] = [:]) -> Answer {
    Answer(200, value.data(), headers: headers)
  }

  /// The repository, or why it is not shown.
  private func find(_ name: String, _ request: Request) -> (StandInHub.Repository?, Answer) {
    let hasToken = request.headers["authorization"] == "Bearer \(StandInHub.token)"
    if request.headers["authorization"] != nil, !hasToken {
      return (
        nil,
        Answer(401, headers: ["X-Error-Message": "Invalid credentials in Authorization header"])
      )
    }
    let repository = value.withLock { $0.repositories[name] }
    guard let repository, hasToken || !repository.isPrivate else {
      return (nil, Self.refusal(401, "RepoNotFound", "Repository not found"))
    }
    if repository.isGated, !hasToken {
      return (nil, Self.refusal(403, "GatedRepo", "Access to this model is restricted."))
    }
    return (repository, Answer(404))
  }

  private func interface(_ path: [String], _ request: Request) -> Answer {
    let name = path[1...3].joined(separator: "/")
    let (found, refusal) = find(name, request)
    guard let repository = found else { return refusal }
    let revision = path.count > 5 ? path[5] : "main"
    guard ["main", "v1", repository.commit].contains(revision) else {
      return Self.refusal(404, "RevisionNotFound", "Invalid rev id")
    }
    switch path[4] {
    case "revision":
      return Self.json([
        "id": .string(path[2...3].joined(separator: "/")), "sha": .string(repository.commit),
        "siblings": .array(repository.files.keys.sorted().map { ["rfilename": .string($0)] }),
      ])
    case "tree": return list(repository, request)
    case "preupload": return preupload(repository, request)
    case "commit": return commit(name, repository, request)
    default: return Answer(404)
    }
  }

  private func list(_ repository: StandInHub.Repository, _ request: Request) -> Answer {
    let pageCount = value.withLock { $0.listPageCount }
    let cursor = request.target.components(separatedBy: "cursor=")
    let start = cursor.count > 1 ? Int(cursor[1]) ?? 0 : 0
    let paths = repository.files.keys.sorted().dropFirst(start)
    let entries = paths.prefix(pageCount).map { path -> JSONValue in
      let size = JSONValue.integer(Int64(repository.files[path]?.count ?? 0))
      let digest = JSONValue.string(repository.digest(of: path))
      guard repository.largePaths.contains(path) else {
        return ["type": "file", "path": .string(path), "size": size, "oid": digest]
      }
      return [
        "type": "file", "path": .string(path), "size": size,
        "oid": .string(String(repeating: "0", count: 40)),
        "lfs": ["oid": digest, "size": size, "pointerSize": 130],
      ]
    }
    var headers: [String: String] = [:]
    if paths.count > pageCount {
      let next = request.target.components(separatedBy: "&cursor=")[0]
      headers["Link"] =
        "<\(address.withLock { $0 })\(next)&cursor=\(start + pageCount)>; rel=\"next\""
    }
    return Self.json(
      [["type": "directory", "path": "folder", "oid": "0", "size": 0]], headers: headers
    )
    .adding(entries)
  }

  private func resolve(_ name: String, _ rest: [String], _ request: Request) -> Answer {
    let (found, refusal) = find(name, request)
    guard let repository = found else { return refusal }
    let path = rest.dropFirst().joined(separator: "/")
    guard let bytes = repository.files[path] else { return Self.refusal(404, "EntryNotFound") }
    var headers = ["X-Repo-Commit": repository.commit]
    let tag = "\"\(repository.digest(of: path))\""
    guard repository.largePaths.contains(path) else {
      headers["ETag"] = tag
      return Answer(200, bytes, headers: headers)
    }
    headers["X-Linked-Etag"] = tag
    headers["X-Linked-Size"] = "\(bytes.count)"
    // Another host, as far as clients can tell.
    let host = address.withLock { $0 }.replacing("127.0.0.1", with: "localhost")
    headers["Location"] = "\(host)/cdn/\(name)/\(path)"
    return Answer(302, headers: headers)
  }

  /// The bytes of a file, or the part in a `Range: bytes=n-`.
  private func bytes(_ path: [String], _ request: Request) -> Answer {
    let name = path[1...3].joined(separator: "/")
    let file = path.dropFirst(4).joined(separator: "/")
    guard let bytes = value.withLock({ $0.repositories[name]?.files[file] }) else {
      return Answer(404)
    }
    let range = request.headers["range"]?.dropFirst("bytes=".count).prefix { $0 != "-" }
    guard let start = range.flatMap({ Int($0) }) else { return Answer(200, bytes) }
    guard start < bytes.count else { return Answer(416) }
    return Answer(
      206, bytes.dropFirst(start),
      headers: ["Content-Range": "bytes \(start)-\(bytes.count - 1)/\(bytes.count)"])
  }
}

extension LoopbackServer.Answer {
  /// The answer, a list, with more elements.
  fileprivate func adding(_ entries: [JSONValue]) -> LoopbackServer.Answer {
    var answer = self
    let first = (try? JSONValue(parsing: Array(body)))?.array ?? []
    answer.body = JSONValue.array(first + entries).data()
    return answer
  }
}

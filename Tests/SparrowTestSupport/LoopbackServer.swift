public import Foundation
import Synchronization

/// A small HTTP server on this machine for tests of clients; it can also misbehave on purpose.
///
/// Each connection carries one request. The port is chosen by the system.
public final class LoopbackServer: Sendable {
  /// A request as it came.
  public struct Request: Sendable {
    /// `GET`, `POST` and so on.
    public let method: String
    /// The path with its percent signs, and what follows a question mark.
    public let target: String
    /// The headers by lowercase names.
    public let headers: [String: String]
    /// The bytes that came along.
    public let body: Data

    /// The parts of the path, unescaped.
    public var path: [String] {
      target.prefix { $0 != "?" }.split(separator: "/").map { $0.removingPercentEncoding ?? "" }
    }
  }

  /// What to answer.
  public struct Answer: Sendable {
    /// The status, for example 200.
    public var status: Int
    /// Further headers.
    public var headers: [String: String]
    /// The bytes.
    public var body: Data
    /// Break the connection after so many bytes of the body.
    public var brokenAfter: Int?

    /// Makes an answer.
    public init(
      _ status: Int = 200, _ body: Data = Data(), headers: [String: String] = [:],
      brokenAfter: Int? = nil
    ) {
      self.status = status
      self.headers = headers
      self.body = body
      self.brokenAfter = brokenAfter
    }
  }

  private let listener: FileHandle
  private let handler: @Sendable (Request) -> Answer
  private let log = Mutex<[Request]>([])
  /// The port.
  public let port: Int

  /// Opens a port and answers requests from then on, each on a thread of its own.
  public init(_ handler: @escaping @Sendable (Request) -> Answer) throws {
    self.handler = handler
    #if canImport(Glibc)
      let stream = Int32(SOCK_STREAM.rawValue)
    #else
      let stream = SOCK_STREAM
    #endif
    let descriptor = socket(AF_INET, stream, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        let isBound = unsafe bind(descriptor, pointer, size) == 0 && listen(descriptor, 64) == 0
        guard isBound else { return false }
        return unsafe getsockname(descriptor, pointer, &size) == 0
      }
    }
    guard descriptor >= 0, status else { throw POSIXError(.EADDRNOTAVAIL) }
    // A client that hangs up is an error of the write, not the end of the tests.
    signal(SIGPIPE, SIG_IGN)
    port = Int(UInt16(bigEndian: address.sin_port))
    listener = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    Thread.detachNewThread { [weak self] in
      while true {
        let connection = accept(descriptor, nil, nil)
        guard connection >= 0 else { return }
        guard let self else {
          close(connection)
          return
        }
        Thread.detachNewThread { self.serve(connection) }
      }
    }
  }

  deinit { shutdown(listener.fileDescriptor, Int32(SHUT_RDWR)) }

  /// The address, `http://127.0.0.1:port`.
  public var address: String { "http://127.0.0.1:\(port)" }

  /// The requests so far.
  public var requests: [Request] { log.withLock { $0 } }

  private func serve(_ descriptor: Int32) {
    let connection = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    guard let request = try? Self.read(connection) else { return }
    log.withLock { $0.append(request) }
    let answer = handler(request)
    var head = "HTTP/1.1 \(answer.status) Status\r\nConnection: close\r\n"
    head += "Content-Length: \(answer.body.count)\r\n"
    for (name, value) in answer.headers { head += "\(name): \(value)\r\n" }
    try? connection.write(contentsOf: Data((head + "\r\n").utf8))
    if request.method != "HEAD" {
      try? connection.write(contentsOf: answer.body.prefix(answer.brokenAfter ?? answer.body.count))
    }
    shutdown(descriptor, Int32(SHUT_WR))
    // Closing with unread bytes would reset the connection before the answer is read.
    while let rest = try? connection.read(upToCount: 4096), !rest.isEmpty {}
  }

  private static func read(_ connection: FileHandle) throws -> Request? {
    var bytes = Data()
    let end = Data("\r\n\r\n".utf8)
    while bytes.suffix(4) != end {
      guard let more = try connection.read(upToCount: 1), !more.isEmpty else { return nil }
      bytes += more
    }
    var lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")[...]
    let first = (lines.popFirst() ?? "").split(separator: " ").map(String.init)
    guard first.count == 3 else { return nil }
    var headers: [String: String] = [:]
    for line in lines {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
    }
    if headers["expect"] == "100-continue" {
      try connection.write(contentsOf: Data("HTTP/1.1 100 Continue\r\n\r\n".utf8))
    }
    return Request(
      method: first[0], target: first[1], headers: headers,
      body: try readBody(connection, headers))
  }

  private static func readBody(
    _ connection: FileHandle, _ headers: [String: String]
  ) throws -> Data {
    var body = Data()
    if headers["transfer-encoding"] == "chunked" {
      while let size = Int(try readLine(connection), radix: 16), size > 0 {
        body += try read(size, from: connection)
        _ = try readLine(connection)
      }
      return body
    }
    return try read(headers["content-length"].flatMap { Int($0) } ?? 0, from: connection)
  }

  private static func read(_ count: Int, from connection: FileHandle) throws -> Data {
    var bytes = Data()
    while bytes.count < count {
      guard let more = try connection.read(upToCount: count - bytes.count), !more.isEmpty else {
        break
      }
      bytes += more
    }
    return bytes
  }

  private static func readLine(_ connection: FileHandle) throws -> String {
    var line = Data()
    while let byte = try connection.read(upToCount: 1), let value = byte.first {
      if value == 10 { break }
      if value != 13 { line += byte }
    }
    return String(decoding: line, as: UTF8.self)
  }
}

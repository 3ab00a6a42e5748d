import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A request to a server.
struct HTTPRequest: Sendable {
  /// What is sent along.
  enum Body: Sendable {
    case none
    case data(Data)
    case file(URL)
  }

  var method = "GET"
  var url: URL
  var headers: [String: String] = [:]
  var body: Body = .none
}

/// What a server answered, without the bytes.
struct HTTPResponse: Sendable {
  let status: Int
  /// The headers by lowercase names.
  let headers: [String: String]
  let url: URL

  init(status: Int, headers: [String: String], url: URL) {
    self.status = status
    self.headers = headers
    self.url = url
  }

  init?(_ response: URLResponse?) {
    guard let response = response as? HTTPURLResponse, let url = response.url else { return nil }
    var headers: [String: String] = [:]
    for (name, value) in response.allHeaderFields {
      guard let name = name as? String, let value = value as? String else { continue }
      headers[name.lowercased()] = value
    }
    self.init(status: response.statusCode, headers: headers, url: url)
  }

  /// Whether the request did what it was meant to do.
  var isSuccess: Bool { (200..<300).contains(status) }
}

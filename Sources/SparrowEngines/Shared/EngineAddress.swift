import Foundation

/// Where a collection is: the kind of engine, its address, and the collection's name in one text.
///
/// | address | engine |
/// | --- | --- |
/// | `qdrant://HOST[:6333]/COLLECTION` | Qdrant |
/// | `elasticsearch://HOST[:9200]/INDEX` | Elasticsearch |
/// | `opensearch://HOST[:9200]/INDEX` | OpenSearch |
/// | `postgresql://HOST[:5432]/DATABASE?table=TABLE` | PostgreSQL with pgvector |
///
/// A user's name and password may stand before the host. `tls=true` encrypts;
/// `certificate-authority=FILE` encrypts and trusts the authorities of a PEM file, with
/// `CurlTransport`. PostgreSQL takes libpq's `sslmode` and `sslrootcert` instead.
///
/// ```swift
/// let engine = try EngineAddress("qdrant://localhost:6333/packages").makeEngine()
/// ```
public struct EngineAddress: Sendable, Hashable, CustomStringConvertible {
  /// The kinds of engine.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case qdrant
    case elasticsearch
    case opensearch
    case postgresql
  }

  /// The kind of engine.
  public let kind: Kind
  /// The collection's, index's or table's name.
  public let collection: String
  /// The address to connect to: of HTTP, or libpq's URI.
  public let base: String
  /// User and password of the address.
  public let credentials: EngineCredentials
  /// A file with the certificates of authorities to trust instead of the system's.
  public let certificateAuthority: String?

  private static let example = "for example qdrant://localhost:6333/packages"

  /// Reads an address.
  ///
  /// - Throws: ``EngineError`` of kind `usage` when it cannot be understood.
  public init(_ text: String) throws(EngineError) {
    guard var components = URLComponents(string: text), let scheme = components.scheme,
      let kind = Kind(rawValue: scheme == "postgres" ? "postgresql" : scheme)
    else {
      let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")
      throw EngineError(
        .usage, "An engine's address starts with one of \(kinds), \(Self.example).")
    }
    guard let host = components.host, !host.isEmpty else {
      throw EngineError(.usage, "An engine's address needs a host, \(Self.example).")
    }
    var options = components.queryItems ?? []
    func take(_ name: String) -> String? {
      guard let place = options.firstIndex(where: { $0.name == name }) else { return nil }
      return options.remove(at: place).value
    }
    self.kind = kind
    if kind == .postgresql {
      guard let table = take("table"), !table.isEmpty else {
        throw EngineError(
          .usage,
          "PostgreSQL's address names a table, for example postgresql://localhost/search?table=packages."
        )
      }
      collection = table
      components.scheme = "postgresql"
      components.queryItems = options.isEmpty ? nil : options
      base = components.string ?? text
      credentials = .none
      certificateAuthority = nil
      return
    }
    certificateAuthority = take("certificate-authority")
    let isEncrypted = take("tls") == "true" || certificateAuthority != nil
    guard options.isEmpty else {
      throw EngineError(
        .usage,
        "An engine's address has the options tls and certificate-authority; found \"\(options[0].name)\"."
      )
    }
    let parts = components.path.split(separator: "/")
    guard let name = parts.last else {
      throw EngineError(.usage, "An engine's address ends in a collection, \(Self.example).")
    }
    collection = String(name)
    if let user = components.user {
      credentials = .basic(user: user, password: components.password ?? "")
    } else {
      credentials = .none
    }
    let port = components.port ?? (kind == .qdrant ? 6333 : 9200)
    let prefix = parts.dropLast().map { "/" + $0 }.joined()
    base = "\(isEncrypted ? "https" : "http")://\(host):\(port)\(prefix)"
  }

  /// Kind, host and collection, without user and password.
  public var description: String {
    var components = URLComponents(string: base)
    components?.user = nil
    components?.password = nil
    components?.query = nil
    return "\(kind.rawValue) \(components?.string ?? "")/\(collection)"
  }

  /// Makes a client with default settings; nothing is sent yet.
  ///
  /// - Parameters:
  ///   - credentials: used in place of those in the address, nil for the address's.
  ///   - retry: when single requests are repeated.
  /// - Returns: the client of the address's kind.
  /// - Throws: ``EngineError`` when this build lacks what the engine needs.
  public func makeEngine(
    credentials: EngineCredentials? = nil, retry: RetryPolicy = RetryPolicy()
  ) throws(EngineError) -> any SearchEngine {
    let credentials = credentials ?? self.credentials
    let transport = try makeTransport()
    switch kind {
    case .qdrant:
      return QdrantEngine(
        at: base,
        QdrantEngine.Configuration(collection: collection, credentials: credentials, retry: retry),
        transport: transport)
    case .elasticsearch:
      return ElasticsearchEngine(
        at: base,
        ElasticsearchEngine.Configuration(
          index: collection, credentials: credentials, retry: retry), transport: transport)
    case .opensearch:
      return try OpenSearchEngine(
        at: base,
        OpenSearchEngine.Configuration(index: collection, credentials: credentials, retry: retry),
        transport: transport)
    case .postgresql:
      return try PostgreSQLEngine(
        at: base, PostgreSQLEngine.Configuration(table: collection, retry: retry))
    }
  }

  private func makeTransport() throws(EngineError) -> any HTTPTransport {
    guard let certificateAuthority else { return .standard }
    #if Curl
      return try CurlTransport(certificateAuthority: certificateAuthority)
    #else
      throw EngineError(
        .unsupported,
        "This build trusts the system's certificates only, not those of \(certificateAuthority). Build it with the package trait Curl (make build CURL=1)."
      )
    #endif
  }
}

import Testing

@testable import SparrowEngines

@Suite struct EngineAddressTests {
  @Test func `addresses of HTTP engines name host, port, path and collection`() throws {
    let plain = try EngineAddress("qdrant://localhost/packages")
    #expect(plain.kind == .qdrant && plain.base == "http://localhost:6333")
    #expect(plain.collection == "packages" && plain.credentials == .none)
    let full = try EngineAddress(
      "elasticsearch://me:se%20cret@search.example:9243/proxy/docs?tls=true")
    #expect(full.base == "https://search.example:9243/proxy")
    #expect(full.collection == "docs")
    #expect(full.credentials == .basic(user: "me", password: "se cret"))
    #expect(!full.description.contains("cret"))
    #expect(try EngineAddress("opensearch://h/i").base == "http://h:9200")
  }

  @Test func `a private authority is named by a file and means encryption`() throws {
    let address = try EngineAddress("qdrant://h/c?certificate-authority=/no/such.pem")
    #expect(address.base == "https://h:6333" && address.certificateAuthority == "/no/such.pem")
    #expect(try EngineAddress("qdrant://h/c?tls=true").certificateAuthority == nil)
    let error = #expect(throws: EngineError.self) { try address.makeEngine() }
    #expect(error?.message.contains("/no/such.pem") == true)
  }

  @Test func `PostgreSQL's addresses pass on what libpq understands`() throws {
    let address = try EngineAddress(
      "postgresql://me:secret@db:5433/search?table=packages&sslmode=verify-full")
    #expect(address.base == "postgresql://me:secret@db:5433/search?sslmode=verify-full")
    #expect(address.collection == "packages")
    #expect(!address.description.contains("secret"))
    #expect(try EngineAddress("postgres://h/d?table=t").base == "postgresql://h/d")
  }

  @Test(arguments: [
    ("solr://h/c", "starts with one of qdrant"), ("nothing", "starts with one of"),
    ("qdrant:///c", "needs a host"), ("qdrant://h", "ends in a collection"),
    ("qdrant://h/c?colour=red", "found \"colour\""), ("postgresql://h/d", "names a table"),
  ])
  func `addresses that cannot be meant are explained`(_ text: String, _ part: String) {
    let error = #expect(throws: EngineError.self) { try EngineAddress(text) }
    #expect(error?.kind == .usage)
    #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [
    ("8.15.3", EngineVersion(8, 15, 3)), ("3.1.0-SNAPSHOT", EngineVersion(3, 1)),
    ("0.8", EngineVersion(0, 8)), ("1", nil), ("", nil),
  ])
  func `versions are read and compared by number`(_ text: String, _ expected: EngineVersion?) {
    #expect(EngineVersion(parsing: text) == expected)
    #expect(EngineVersion(8, 9) < EngineVersion(8, 15))
  }
}

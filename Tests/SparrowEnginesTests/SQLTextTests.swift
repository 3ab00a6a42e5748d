import SparrowCore
import SparrowIndex
import Testing

@testable import SparrowEngines

/// A connection that answers nothing and keeps what it was asked.
actor StubDatabase: DatabaseConnection {
  private(set) var statements: [SQLStatement] = []

  func run(_ statement: String, _ parameters: [String?]) async throws -> DatabaseRows {
    statements.append(SQLStatement(statement, parameters))
    return []
  }

  func copy(_ lines: [[UInt8]], copy: String, before: [String], after: [String]) async throws {}
  func close() async {}
}

@Suite struct SQLTextTests {
  @Test func `names and values are quoted`() {
    #expect(SQLText.name("a\"b") == "\"a\"\"b\"")
    #expect(SQLText.array(["a", "b\"c", "d\\e", "f,g"]) == #"{"a","b\"c","d\\e","f,g"}"#)
    let line = SQLText.copyLine(["a\tb", nil, "c\\d\ne\r"])
    #expect(String(decoding: line, as: UTF8.self) == "a\\tb\t\\N\tc\\\\d\\ne\\r\n")
  }

  @Test func `arrays of words are read as they were written`() {
    for words in [["a"], ["b\"c", "d\\e", "f,g", "}"], ["with space", ""], []] {
      #expect(SQLText.words(parsing: SQLText.array(words)) == words)
    }
    #expect(SQLText.words(parsing: "{en,de}") == ["en", "de"])
  }

  @Test func `sparse vectors are read as they were written`() throws {
    for vector in [try SparseVector.of([0: -1.5, 30_521: 1e-7]), try SparseVector.of([:])] {
      #expect(try SQLText.sparse(parsing: SQLText.sparse(vector)) == vector)
    }
    for text in ["", "{1:2}", "{0:1}/5", "{6:1}/5", "{2:1,1:1}/5", "{1:x}/5"] {
      #expect(throws: EngineError.self) { try SQLText.sparse(parsing: text) }
    }
  }

  @Test func `filters become conditions whose values are parameters`() throws {
    var statement = SQLStatement()
    let filter = DocumentFilter.all([
      .keyword("lang", is: "en'; drop table t"), .number("year", from: 1, upTo: 2),
      .not(.any([.exists("lang"), .identifiers(["1"])])), .any([]), .all([]),
    ])
    #expect(
      try SQLFilter.condition(filter, &statement)
        == #"(coalesce("lang" && $1::text[], false) and ("year" is not null and "#
        + #""year" >= $2::float8 and "year" <= $3::float8) and "#
        + #"not ("lang" is not null or id = any($4::text[])) and false and true)"#)
    #expect(statement.parameters == [#"{"en'; drop table t"}"#, "1.0", "2.0", #"{"1"}"#])
    #expect(throws: EngineError.self) {
      try SQLFilter.condition(.exists("x\" or true --"), &statement)
    }
  }

  @Test(
    arguments: [
      ("40001", .conflict), ("40P01", .conflict), ("57P01", .unavailable),
      ("08006", .unavailable), ("22000", .invalid), ("22003", .invalid), ("54000", .invalid),
      ("42P07", .alreadyExists), ("42P01", .notFound), ("28P01", .unauthorized),
      ("57014", .timeout), ("XX000", .internalError), (nil, .unavailable),
    ] as [(String?, EngineError.Kind)])
  func `codes of errors become kinds`(_ code: String?, _ kind: EngineError.Kind) {
    #expect(SQLState.kind(code) == kind)
  }
}

import SparrowCore
import SparrowIndex
import Testing

@Suite struct DocumentFilterTextTests {
  @Test(arguments: [
    ("lang=en", DocumentFilter.keyword("lang", is: "en")),
    ("lang=en,de", .keyword("lang", isOneOf: ["en", "de"])),
    (" lang = 'old news' ", .keyword("lang", is: "old news")),
    ("lang!=en", .not(.keyword("lang", is: "en"))),
    (
      "year=2020",
      .any([.number("year", from: 2020, upTo: 2020), .keyword("year", is: "2020")])
    ),
    ("year=\"2020\"", .keyword("year", is: "2020")),
    ("year>=2020", .number("year", from: 2020)),
    ("year<=-1.5e3", .number("year", upTo: -1500)),
    ("year>2020", .number("year", from: (2020.0).nextUp)),
    ("year<2020", .number("year", upTo: (2020.0).nextDown)),
    ("title", .exists("title")),
    ("'odd name'=a", .keyword("odd name", is: "a")),
    ("_id=a1,007", .identifiers(["a1", "007"])),
    ("not a", .not(.exists("a"))),
    ("a and b or c", .any([.all([.exists("a"), .exists("b")]), .exists("c")])),
    ("a AND (b OR c)", .all([.exists("a"), .any([.exists("b"), .exists("c")])])),
    ("not (a and not b=x)", .not(.all([.exists("a"), .not(.keyword("b", is: "x"))]))),
    ("e=inf", .keyword("e", is: "inf")),
    ("Sprache=süß", .keyword("Sprache", is: "süß")),
  ])
  func `a condition is read`(text: String, filter: DocumentFilter) throws {
    #expect(try DocumentFilter(parsing: text) == filter)
  }

  @Test(arguments: [
    ("", "the name of a field"), ("a=", "a value"), ("a=(b)", "a value"),
    ("a and", "the name of a field"), ("a b", "'and', 'or'"), ("(a", "')'"), ("a)", "the end"),
    ("year>x", "a number"), ("year>'5'", "a number"), ("a='b", "a second '"),
    ("a=b,", "a value"), ("a!b", "a sign"), ("or", "the name of a field"),
  ])
  func `what was expected is said`(text: String, expectation: String) throws {
    let error = #expect(throws: IndexError.self) { try DocumentFilter(parsing: text) }
    #expect(error?.category == .usage)
    #expect(error?.message.contains(expectation) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("\"\(text)\"") == true, "\(error?.message ?? "")")
  }
}

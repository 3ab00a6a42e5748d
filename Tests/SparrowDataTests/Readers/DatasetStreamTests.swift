import Foundation
import SparrowCore
import SparrowData
import SparrowTestSupport
import Testing

@Suite struct DatasetStreamTests {
  @Test func `the same rows are read from every format`() throws {
    let contents = [
      (
        "rows.jsonl",
        "{\"query\": \"a, \\\"b\\\"\", \"score\": 0.5}\n{\"query\": \"ü\\nx\", \"score\": 2}\n"
      ),
      ("rows.csv", "query,score\r\n\"a, \"\"b\"\"\",0.5\r\n\"ü\nx\",2\r\n"),
      ("rows.tsv", "query\tscore\n\"a, \"\"b\"\"\"\t0.5\n\"ü\nx\"\t2"),
    ]
    for (name, text) in contents {
      for isCompressed in [false, true] {
        for prefix in ["", "\u{FEFF}"] {
          let bytes = Array((prefix + text).utf8)
          let found = try rows(
            isCompressed ? name + ".gz" : name, isCompressed ? gzip(bytes) : bytes)
          #expect(found.map(\.columns) == [["query", "score"], ["query", "score"]], "\(name)")
          #expect(
            found.map(\.values) == [
              [.string("a, \"b\""), .float(0.5)], [.string("ü\nx"), .integer(2)],
            ], "\(name)")
        }
      }
    }
  }

  @Test func `plain text has one text a line`() throws {
    let found = try rows("texts.txt", "first\r\n\nthird")
    #expect(found.map { $0["text"] } == [.string("first"), .string(""), .string("third")])
  }

  @Test func `values keep their kinds`() throws {
    let found = try rows(
      "rows.jsonl",
      "{\"a\": null, \"b\": true, \"c\": [1, 0.5], \"d\": [\"x\", \"y\"], \"e\": [], \"f\": -3}\n")
    #expect(
      found.first?.values == [
        .null, .bool(true), .floats([1, 0.5]), .strings(["x", "y"]), .floats([]), .integer(-3),
      ])
    let table = try rows("rows.csv", "text,label,labels\n1,,\"[0.5, 2]\"\n2,true,\"[1,1]\"\n")
    #expect(
      table.map(\.values) == [
        [.string("1"), .null, .floats([0.5, 2])], [.string("2"), .bool(true), .floats([1, 1])],
      ])
  }

  @Test func `later rows may list their keys in another order`() throws {
    let found = try rows(
      "rows.jsonl", "{\"a\": \"1\", \"b\": \"2\"}\n\n{\"b\": \"4\", \"a\": \"3\"}\n")
    #expect(found.map(\.values) == [[.string("1"), .string("2")], [.string("3"), .string("4")]])
  }

  @Test func `only the wanted columns are read, in the wanted order`() throws {
    var options = DatasetReadingOptions()
    options.columns = ["b", "a"]
    let files = [
      (
        "rows.jsonl",
        "{\"a\": \"1\", \"m\": {}, \"b\": \"2\"}\n{\"b\": \"4\", \"a\": \"3\", \"x\": 0}\n"
      ),
      ("rows.csv", "a,m,b\n1,,2\n3,,4\n"),
    ]
    for (name, text) in files {
      let found = try rows(name, text, options)
      #expect(found.map(\.columns) == [["b", "a"], ["b", "a"]])
      #expect(
        found.map(\.values) == [[.string("2"), .string("1")], [.string("4"), .string("3")]])
    }
  }

  @Test func `files without header and without quotes can be read`() throws {
    var options = DatasetReadingOptions()
    options.columnNames = ["id", "text"]
    options.usesQuotes = false
    let found = try rows("rows.tsv", "7\t\"so\" said\n8\tdon\"t\n", options)
    #expect(
      found.map(\.values) == [
        [.string("7"), .string("\"so\" said")], [.string("8"), .string("don\"t")],
      ])
  }

  @Test func `members of a compressed file follow one another`() throws {
    let bytes =
      try gzip(Array("one\ntw".utf8)) + gzip(Array("o\nthree\n".utf8)) + [0, 0, 0, 0]
    #expect(try rows("t.txt.gz", bytes).map { $0["text"]?.string } == ["one", "two", "three"])
  }

  @Test func `lines that cross the pieces in which a file is read stay whole`() throws {
    let texts = (0..<3000).map { "row \($0) " + String(repeating: "ä", count: $0 % 500) }
    let text = texts.joined(separator: "\n")
    #expect(text.utf8.count > 1 << 20)
    #expect(try rows("t.txt", text).compactMap { $0["text"]?.string } == texts)
    #expect(try rows("t.txt.gz", gzip(Array(text.utf8))).compactMap { $0["text"]?.string } == texts)
  }

  @Test(arguments: [1, 20, 200, 4000])
  func `a truncated compressed file is an error`(missing: Int) throws {
    var generator = MersenneTwister(seed: 1)
    let text = (0..<2000).map { _ in "\(generator.next())" }.joined(separator: "\n")
    let bytes = try gzip(Array(text.utf8))
    let error = #expect(throws: DataError.self) { try rows("t.txt.gz", bytes.dropLast(missing)) }
    #expect(error?.message.contains("truncated") == true)
  }

  @Test func `a damaged compressed file is an error`() throws {
    var bytes = try gzip(Array(String(repeating: "some text ", count: 500).utf8))
    bytes[bytes.count - 6] ^= 0xFF
    let error = #expect(throws: DataError.self) { try rows("t.txt.gz", bytes) }
    #expect(error?.message.contains("damaged") == true)
    let plain = #expect(throws: DataError.self) { try rows("t.txt.gz", "not compressed") }
    #expect(plain?.message.contains("must be compressed") == true)
  }

  @Test(arguments: [
    ("r.jsonl", "{\"a\": 1}\n{\"a\": }\n", 2, "not valid JSON"),
    ("r.jsonl", "{\"a\": 1}\n[1]\n", 2, "must be a JSON object"),
    ("r.jsonl", "[{\"a\": 1}]\n", 1, "must be a JSON object"),
    ("r.jsonl", "[\n{\"a\": 1}\n]\n", 1, "one JSON array"),
    ("r.jsonl", "{}\n", 1, "at least one column"),
    ("r.jsonl", "{\"a\": \"x\", \"b\": 1}\n{\"a\": \"y\"}\n", 2, "'b' is missing"),
    ("r.jsonl", "{\"a\": \"x\"}\n\n{\"a\": \"y\", \"b\": 1}\n", 3, "'b' appears"),
    ("r.jsonl", "{\"a\": \"x\"}\n{\"a\": 5}\n", 2, "held texts"),
    ("r.jsonl", "{\"a\": \"x\", \"m\": {\"k\": 1}}\n", 1, "'m' holds an object"),
    ("r.jsonl", "{\"a\": [[1]]}\n", 1, "'a' holds an array"),
    ("r.csv", "", nil, "file is empty"),
    ("r.csv", "a,b\n1,2\n3\n", 3, "found 1"),
    ("r.csv", "a,b\n1,2,3\n", 2, "found 3"),
    ("r.csv", "a,a\n1,2\n", 1, "name of its own"),
    ("r.csv", "a,\n1,2\n", 1, "name of its own"),
    ("r.csv", "a,b\nx,\"y\nz\nw,v\n", 2, "never ends"),
    ("r.csv", "a,b\n\"x\ny\"z,2\n", 3, "found 'z'"),
    ("r.csv", "a,label\nx,1\ny,high\n", 3, "held whole numbers"),
  ])
  func `a row that cannot be read is named`(
    name: String, text: String, line: Int?, message: String
  ) {
    let error = #expect(throws: DataError.self) { try rows(name, text) }
    #expect(error?.location?.line == line, "\(error.debugDescription)")
    #expect(error?.location?.path.hasSuffix(name) == true)
    #expect(error?.message.contains(message) == true, "\(error.debugDescription)")
  }

  @Test(arguments: ["r.jsonl", "r.csv", "r.txt"])
  func `invalid UTF-8 is named with its line`(name: String) throws {
    let head =
      name == "r.csv" ? "text\nfine\n" : name == "r.txt" ? "fine\nfine\n" : "{\"text\": \"a\"}\n\n"
    var bytes = Array(head.utf8)
    bytes += name == "r.jsonl" ? Array("{\"text\": \"".utf8) : []
    bytes += [0x61, 0xC3, 0x28]
    bytes += name == "r.jsonl" ? Array("\"}\n".utf8) : []
    let error = #expect(throws: DataError.self) { try rows(name, bytes) }
    #expect(error?.location?.line == 3)
    #expect(error?.message.contains("UTF-8") == true)
  }

  @Test func `a wanted column that does not exist is named with those that do`() {
    var options = DatasetReadingOptions()
    options.columns = ["answer"]
    for (name, text) in [
      ("r.jsonl", "{\"query\": \"a\"}\n"), ("r.csv", "query\na\n"), ("query.txt", "a\n"),
    ] {
      let error = #expect(throws: DataError.self) { try rows(name, text, options) }
      #expect(error?.message.contains("no column 'answer'") == true, "\(name)")
    }
  }

  private func rows(
    _ name: String, _ text: String, _ options: DatasetReadingOptions = DatasetReadingOptions()
  ) throws -> [DatasetRow] {
    try rows(name, Array(text.utf8), options)
  }

  private func rows(
    _ name: String, _ bytes: some Sequence<UInt8>,
    _ options: DatasetReadingOptions = DatasetReadingOptions()
  ) throws -> [DatasetRow] {
    try Fixtures.withTemporaryFolder { folder in
      let url = folder.appendingPathComponent(name)
      try Data(bytes).write(to: url)
      var stream = try DatasetStream(contentsOf: url, options: options)
      var rows: [DatasetRow] = []
      while let row = try stream.next() { rows.append(row) }
      return rows
    }
  }
}

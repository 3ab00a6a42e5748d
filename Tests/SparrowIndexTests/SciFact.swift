import Foundation
import SparrowCore
import SparrowTestSupport

/// The SciFact collection as the tests of this module read it.
struct SciFact {
  /// Identifier and "title text" of each document.
  let documents: [(id: String, text: String)]
  /// Text of each query by identifier.
  let queries: [String: String]
  /// Relevant documents of each test query.
  let relevant: [String: Set<String>]

  /// Reads the collection, or prints why the test is skipped and returns nil.
  static func load(forTest test: String) throws -> SciFact? {
    guard let folder = Fixtures.data("scifact") else {
      Fixtures.skip(test, because: "the SciFact collection is absent (set SPARROW_DATA)")
      return nil
    }
    let documents = try lines(of: folder.appendingPathComponent("corpus.jsonl")).map { line in
      let row = try JSONValue(parsing: Data(line.utf8))
      let title = row["title"]?.string ?? ""
      let text = row["text"]?.string ?? ""
      return (id: row["_id"]?.string ?? "", text: title + " " + text)
    }
    var queries: [String: String] = [:]
    for line in try lines(of: folder.appendingPathComponent("queries.jsonl")) {
      let row = try JSONValue(parsing: Data(line.utf8))
      queries[row["_id"]?.string ?? ""] = row["text"]?.string ?? ""
    }
    var relevant: [String: Set<String>] = [:]
    for line in try lines(of: folder.appendingPathComponent("qrels/test.tsv")).dropFirst() {
      let columns = line.split(separator: "\t").map(String.init)
      relevant[columns[0], default: []].insert(columns[1])
    }
    return SciFact(documents: documents, queries: queries, relevant: relevant)
  }

  private static func lines(of url: URL) throws -> [Substring] {
    String(decoding: try Data(contentsOf: url), as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: true)
  }
}

/// Hashes as Tools/make_index_fixtures.py computes them.
struct FixtureHashes {
  private(set) var buckets: [UInt64]

  init(count: Int) { buckets = [UInt64](repeating: 0, count: count) }

  mutating func add(key: String, line: String) {
    buckets[Int(Self.hash(key) % UInt64(buckets.count))] &+= Self.hash(line)
  }

  /// Buckets that differ from the expected ones.
  func differences(from expected: [JSONValue]) -> [Int] {
    buckets.indices.filter {
      UInt64(expected[$0].string ?? "", radix: 16) != buckets[$0]
    }
  }

  /// FNV-1a with 64 bits.
  private static func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}

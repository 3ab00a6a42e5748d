import Foundation
import SparrowCore
import SparrowData
import SparrowTestSupport
import Synchronization
import Testing

@Suite struct DatasetTests {
  @Test(arguments: [
    (["a", "b"], nil), (["scores", "a", "score"], "score"), (["score", "label", "a"], "label"),
    (["labels", "a"], "labels"),
  ])
  func `the label column is found by its name`(names: [String], label: String?) throws {
    let dataset = try Dataset(columns: names.map { ($0, [.integer(1)]) })
    #expect(dataset.labelColumn == label)
    #expect(dataset.inputColumns == names.filter { $0 != label })
  }

  @Test func `columns can be chosen and renamed`() throws {
    let dataset = try Dataset(columns: [
      ("a", [.string("1"), .string("2")]), ("b", [.integer(3), .float(0.5)]),
    ])
    #expect(dataset.kind(ofColumn: "b") == .float)
    #expect(try dataset.selecting(columns: ["b"])[1].values == [.float(0.5)])
    let renamed = try dataset.renaming(["b": "score"])
    #expect(renamed.columnNames == ["a", "score"])
    #expect(renamed["score"] == [.integer(3), .float(0.5)])
    #expect(throws: DataError.self) { try dataset.selecting(columns: ["c"]) }
    #expect(throws: DataError.self) { try dataset.selecting(columns: ["a", "a"]) }
    #expect(throws: DataError.self) { try dataset.renaming(["a": "b"]) }
    #expect(throws: DataError.self) { try dataset.renaming(["c": "d"]) }
  }

  @Test func `rows that are written as JSON lines read back`() throws {
    let dataset = try Dataset(columns: [
      ("text", [.string("a \"b\"\n"), .string("ü")]),
      ("label", [.floats([0.5, 2]), .floats([1, 0.25])]),
      ("tags", [.strings(["x", "y"]), .null]), ("count", [.integer(3), .integer(-1)]),
    ])
    try Fixtures.withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("rows.jsonl")
      try dataset.writeJSONLines(to: file)
      let again = try Dataset(contentsOf: file)
      #expect(again.columnNames == dataset.columnNames)
      for name in dataset.columnNames { #expect(again[name] == dataset[name], "\(name)") }
    }
  }

  @Test func `a split takes every row once and repeats with its seed`() throws {
    let dataset = try Dataset(columns: [("n", (0..<100).map { .integer($0) })])
    let (train, test) = dataset.shuffledSplit(secondCount: 30, seed: 5)
    #expect(train.rowCount == 70)
    #expect(test.rowCount == 30)
    let all = ((train["n"] ?? []) + (test["n"] ?? [])).compactMap(\.number)
    #expect(all != all.sorted())
    #expect(all.sorted() == (0..<100).map(Double.init))
    #expect(dataset.shuffledSplit(secondCount: 30, seed: 5).second == test)
    #expect(dataset.shuffledSplit(secondCount: 30, seed: 6).second != test)
    #expect(dataset.shuffledSplit(secondCount: 500, seed: 6).first.rowCount == 0)
  }

  @Test func `columns that do not fit together are refused`() {
    #expect(throws: DataError.self) { try Dataset(columns: []) }
    #expect(throws: DataError.self) {
      try Dataset(columns: [("a", [.null]), ("a", [.null])])
    }
    #expect(throws: DataError.self) {
      try Dataset(columns: [("a", [.null]), ("b", [])])
    }
    let error = #expect(throws: DataError.self) {
      try Dataset(columns: [("a", [.null, .string("x"), .integer(1)])])
    }
    #expect(error?.location?.item == "row 2")
  }

  @Test func `files of a folder are read in the order of their names`() throws {
    try Fixtures.withTemporaryFolder { folder in
      try write("{\"a\": \"2\", \"b\": \"y\"}\n", folder, "train-00001-of-00002.jsonl")
      try write("a,b\n1,x\n", folder, "train-00000-of-00002.csv")
      try write("{\"b\": \"z\", \"a\": \"3\"}\n", folder, "pairs_test.jsonl")
      try write("not data", folder, "README.md")
      let train = try Dataset(contentsOf: folder, split: "train")
      #expect(train["a"] == [.string("1"), .string("2")])
      #expect(train.location(ofRow: 0)?.description.hasSuffix("00000-of-00002.csv:2") == true)
      #expect(train.location(ofRow: 1)?.description.hasSuffix("00001-of-00002.jsonl:1") == true)
      #expect(try Dataset(contentsOf: folder, split: "test").rowCount == 1)
      let several = #expect(throws: DataError.self) { try Dataset(contentsOf: folder) }
      #expect(several?.message.contains("'train', 'test'") == true)
      let missing = #expect(throws: DataError.self) {
        try Dataset(contentsOf: folder, split: "dev")
      }
      #expect(missing?.message.contains("'train', 'test'") == true)
      let files = ["train-00000-of-00002.csv", "pairs_test.jsonl"].map(
        folder.appendingPathComponent)
      #expect(try Dataset(contentsOf: files)["a"] == [.string("1"), .string("3")])
    }
  }

  @Test func `files of unlike columns are refused`() throws {
    try Fixtures.withTemporaryFolder { folder in
      try write("{\"a\": \"2\"}\n", folder, "1.jsonl")
      try write("{\"b\": \"2\"}\n", folder, "2.jsonl")
      let error = #expect(throws: DataError.self) { try Dataset(contentsOf: folder) }
      #expect(error?.location?.path.hasSuffix("2.jsonl") == true)
      #expect(error?.message.contains("same columns") == true)
    }
  }

  @Test func `missing, empty and unknown files are told apart`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let missing = #expect(throws: DataError.self) {
        try Dataset(contentsOf: folder.appendingPathComponent("none.jsonl"))
      }
      #expect(missing?.category == .missing)
      try write("", folder, "empty.jsonl")
      let empty = #expect(throws: DataError.self) {
        try Dataset(contentsOf: folder.appendingPathComponent("empty.jsonl"))
      }
      #expect(empty?.message.contains("at least one row") == true)
      try write("x", folder, "table.parquet")
      let unknown = #expect(throws: DataError.self) {
        try Dataset(contentsOf: folder.appendingPathComponent("table.parquet"))
      }
      #expect(unknown?.message.contains(".jsonl") == true)
    }
  }

  @Test func `a value that is no text is named with its line`() throws {
    try Fixtures.withTemporaryFolder { folder in
      try write("{\"q\": \"a\", \"p\": \"b\"}\n\n{\"q\": \"c\", \"p\": null}\n", folder, "d.jsonl")
      let dataset = try Dataset(contentsOf: folder)
      #expect(throws: Never.self) { try dataset.checkTexts(in: ["q"]) }
      let error = #expect(throws: DataError.self) { try dataset.checkTexts() }
      #expect(error?.location?.line == 3)
      #expect(error?.message.contains("'p' needs a text in every row; found nothing") == true)
      let shuffled = dataset.shuffled(seed: 1)
      let again = #expect(throws: DataError.self) { try shuffled.checkTexts() }
      #expect(again?.location?.line == 3)
    }
  }

  @Test func `an empty column is refused`() throws {
    let dataset = try Dataset(columns: [("a", [.string(" "), .string("")])])
    let error = #expect(throws: DataError.self) { try dataset.checkTexts() }
    #expect(error?.message.contains("'a' is empty") == true)
  }

  @Test func `labels must be finite numbers or lists of one length`() throws {
    func check(_ values: [DatasetValue]) throws {
      try Dataset(columns: [("label", values)]).checkNumbers(in: "label")
    }
    #expect(throws: Never.self) { try check([.integer(1), .float(0.5)]) }
    #expect(throws: Never.self) { try check([.floats([1, 2]), .floats([3, 4])]) }
    #expect(throws: DataError.self) { try check([.string("a")]) }
    #expect(throws: DataError.self) { try check([.float(.nan)]) }
    #expect(throws: DataError.self) { try check([.integer(1), .null]) }
    #expect(throws: DataError.self) { try check([.floats([1, 2]), .floats([3])]) }
    #expect(throws: DataError.self) { try check([.floats([])]) }
  }

  @Test func `reading real pairs reports progress and their number`() throws {
    guard let folder = Fixtures.data("medquad") else {
      Fixtures.skip("reading real pairs", because: "there is no medquad data")
      return
    }
    let counts = Mutex<[Int]>([])
    let dataset = try Dataset(
      contentsOf: folder.appendingPathComponent("pairs_train.jsonl"),
      progress: { update in counts.withLock { $0.append(update.completed) } })
    #expect(dataset.rowCount == counts.withLock { $0.last })
    #expect(dataset.rowCount > 10_000)
    #expect(throws: Never.self) { try dataset.checkTexts() }
  }

  private func write(_ text: String, _ folder: URL, _ name: String) throws {
    try Data(text.utf8).write(to: folder.appendingPathComponent(name))
  }
}

import SparrowCore
import Testing

@Suite struct JSONTests {
  private func parse(_ text: String) throws -> JSONValue {
    try JSONValue(parsing: Array(text.utf8))
  }

  @Test func `objects keep the order of their keys`() throws {
    let value = try parse(#"{"b": 1, "a": [true, null, -2.5e3], "é": "\u00e9\ud83d\ude00"}"#)
    #expect(value.object?.keys == ["b", "a", "é"])
    #expect(value["é"] == "é😀")
    #expect(value["a"]?.array == [true, .null, .number(-2500)])
  }

  @Test func `text is written as Python writes it`() throws {
    let value: JSONValue = ["a": 1, "b": [1.5, 1e-12, 1e-5], "c": "é😀\u{7f}", "d": [:], "e": []]
    #expect(
      value.text()
        == #"{"a": 1, "b": [1.5, 1e-12, 1e-05], "c": "\u00e9\ud83d\ude00\u007f", "d": {}, "e": []}"#
    )
    #expect(
      (["a": [1, 2]] as JSONValue).text(JSONFormat(indent: 2))
        == "{\n  \"a\": [\n    1,\n    2\n  ]\n}")
    #expect(
      try parse("1000000000000000019884624838656").text() == "1000000000000000019884624838656")
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\" 1}", "01", "1.", "\"\u{1}\"", "tru", "[1] 2", "\"\\x\"", "{\"a\":1,}",
    "-", "\"abc", String(repeating: "[", count: 5000),
  ])
  func `broken text is refused with its place`(_ text: String) {
    #expect { try parse(text) } throws: { error in
      (error as? CoreError)?.location?.line == 1
    }
  }

  @Test func `invalid UTF-8 is refused`() {
    #expect(throws: CoreError.self) {
      try JSONValue(parsing: [0x22, 0xFF, 0x22])
    }
  }

  @Test func `large objects find their keys`() throws {
    var object = JSONObject()
    for index in 0..<1000 { object["key\(index)"] = .integer(Int64(index)) }
    #expect(object["key777"] == 777)
    object["key3"] = nil
    #expect(object["key3"] == nil)
    #expect(object["key777"] == 777)
    #expect(object.count == 999)
  }

  @Test(arguments: [1, 40])
  func `keys that only look alike are two keys`(_ count: Int) throws {
    var object = JSONObject()
    for index in 0..<count { object["key\(index)"] = .null }
    object["\u{212B}"] = 1
    object["\u{C5}"] = 2
    object["A\u{30A}"] = 3
    #expect(object.count == count + 3)
    #expect(object["\u{212B}"] == 1)
    #expect(object["\u{C5}"] == 2)
    #expect(object["A\u{30A}"] == 3)
  }

  @Test func `float32 numbers are written with the fewest digits`() {
    #expect(JSONValue.shortest(2.8037217).text() == "2.8037217")
    #expect(JSONValue.shortest(0.1).text() == "0.1")
  }
}

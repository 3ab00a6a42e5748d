import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@testable import SparrowCommands

@Suite struct TextInputTests {
  private func texts(of content: [UInt8], _ name: String, _ format: TextInput.Format? = nil) throws
    -> (texts: [InputText], count: Int?)
  {
    try Fixtures.withTemporaryFolder { folder in
      let file = folder.appendingPathComponent(name)
      try Data(content).write(to: file)
      var input = try TextInput(file: file, format: format)
      var texts: [InputText] = []
      while true {
        let window = try input.nextWindow()
        if window.isEmpty { return (texts, input.count) }
        texts += window
      }
    }
  }

  private func message(_ content: String, _ name: String) -> String {
    do {
      _ = try texts(of: Array(content.utf8), name)
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test func `lines are counted with and without an end of the last one`() throws {
    #expect(try texts(of: Array("a\nb\n".utf8), "a.txt").count == 2)
    #expect(try texts(of: Array("a\nb".utf8), "a.txt").count == 2)
    #expect(try texts(of: [], "a.txt").count == 0)
  }

  @Test func `the first line tells the format when the name does not`() throws {
    let json = try texts(of: Array(#"{"_id": "q", "text": "t"}"#.utf8), "queries")
    #expect(json.texts == [InputText(id: "q", text: "t")])
    let plain = try texts(of: Array("t {x}".utf8), "queries")
    #expect(plain.texts == [InputText(id: "1", text: "t {x}")])
    let forced = try texts(of: Array("{x}".utf8), "queries", .plain)
    #expect(forced.texts == [InputText(id: "1", text: "{x}")])
  }

  @Test func `more lines than a window holds are read window after window`() throws {
    let count = TextInput.windowTextCount + 3
    let lines = (1...count).map { "text \($0)\n" }.joined()
    let found = try texts(of: Array(lines.utf8), "a.txt").texts
    #expect(found.count == count)
    #expect(found.last == InputText(id: "\(count)", text: "text \(count)"))
  }

  @Test func `each kind of bad line is named with file and line`() {
    let good = #"{"_id": "1", "text": "x"}"# + "\n"
    #expect(message(good + "[1]", "a.jsonl").contains("a.jsonl:2: A line must be an object"))
    #expect(message(good + #"{"text": "x"}"#, "a.jsonl").contains(#""_id" must be"#))
    #expect(message(good + #"{"_id": "2"}"#, "a.jsonl").contains(#""text" must be a text"#))
    #expect(
      message(good + #"{"_id": "2", "text": "x", "title": 3}"#, "a.jsonl").contains(
        #""title" must be a text; found a number"#))
  }

  @Test func `bytes that are not UTF-8 are named with their line`() {
    #expect(throws: CoreError.self) { try texts(of: [0x61, 0x0A, 0xFF, 0x0A], "a.txt") }
    do {
      _ = try texts(of: [0x61, 0x0A, 0xFF, 0x0A], "a.txt")
    } catch {
      #expect("\(error)".contains("a.txt:2"))
      #expect("\(error)".contains("UTF-8"))
    }
  }
}

import Testing

@testable import SparrowCommands

@Suite struct TerminalTests {
  @Test func `counts get commas`() {
    #expect(NumberText.count(0) == "0")
    #expect(NumberText.count(999) == "999")
    #expect(NumberText.count(1000) == "1,000")
    #expect(NumberText.count(-1_234_567) == "-1,234,567")
  }

  @Test func `numbers are rounded to fixed decimals`() {
    #expect(NumberText.fixed(0.6436, 3) == "0.644")
    #expect(NumberText.fixed(-0.0004, 3) == "0.000")
    #expect(NumberText.fixed(-1.25, 1) == "-1.3")
    #expect(NumberText.fixed(12, 0) == "12")
    #expect(NumberText.fixed(0.05, 2) == "0.05")
    #expect(NumberText.fixed(.nan, 2) == "nan")
    #expect(NumberText.percent(0.456) == "46%")
  }

  @Test func `durations show their two largest units`() {
    #expect(NumberText.duration(2.34) == "2.3 s")
    #expect(NumberText.duration(59.4) == "59 s")
    #expect(NumberText.duration(61) == "1 min 1 s")
    #expect(NumberText.duration(3720) == "1 h 2 min")
  }

  @Test func `sizes have binary units`() {
    #expect(NumberText.bytes(512) == "512 bytes")
    #expect(NumberText.bytes(3 << 29) == "1.5 GiB")
  }

  @Test func `columns are as wide as their widest cell`() {
    var table = TextTable([("name", .left), ("n", .right)])
    table.append(["a", "10"])
    table.append(["longer", ""])
    let style = TerminalStyle(for: Capture().sink, environment: [:])
    #expect(table.lines(style) == ["name     n", "a       10", "longer"])
  }

  @Test func `colours are for terminals whose user wants them`() {
    let terminal = Capture().makeSink(isTerminal: true)
    #expect(TerminalStyle(for: terminal, environment: [:]).bold("x") == "\u{1B}[1mx\u{1B}[0m")
    #expect(TerminalStyle(for: terminal, environment: ["NO_COLOR": "1"]).bold("x") == "x")
    #expect(TerminalStyle(for: terminal, environment: ["NO_COLOR": ""]).isColored)
    #expect(TerminalStyle(for: terminal, environment: ["TERM": "dumb"]).bold("x") == "x")
    #expect(TerminalStyle(for: Capture().sink, environment: [:]).bold("x") == "x")
  }
}

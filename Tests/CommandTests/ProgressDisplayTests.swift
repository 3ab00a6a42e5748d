import SparrowCore
import Synchronization
import Testing

@testable import SparrowCommands

@Suite struct ProgressDisplayTests {
  /// A clock that moves when it is told to.
  private final class Clock: Sendable {
    private let start = ContinuousClock.now
    private let offset = Mutex<Duration>(.zero)
    func advance(_ duration: Duration) { offset.withLock { $0 += duration } }
    var now: ContinuousClock.Instant { start + offset.withLock { $0 } }
  }

  private func display(
    isTerminal: Bool, isQuiet: Bool = false
  ) -> (ProgressDisplay, Clock, Capture) {
    let capture = Capture()
    let clock = Clock()
    let context = CommandContext(
      errors: capture.makeSink(isTerminal: isTerminal), environment: ["NO_COLOR": "1"])
    return (ProgressDisplay(context, isQuiet: isQuiet) { clock.now }, clock, capture)
  }

  private func update(_ completed: Int, _ activity: String = "Encoding") -> ProgressUpdate {
    ProgressUpdate(activity: activity, completed: completed, total: 1000, unit: "texts")
  }

  @Test func `work of less than two seconds is not reported`() {
    let (display, clock, capture) = display(isTerminal: false)
    display.reporter(update(0))
    clock.advance(.milliseconds(1900))
    display.reporter(update(900))
    display.finish()
    #expect(capture.text.isEmpty)
  }

  @Test func `plain lines come every ten seconds with rate and time left`() {
    let (display, clock, capture) = display(isTerminal: false)
    display.reporter(update(0))
    for step in 1...15 {
      clock.advance(.seconds(1))
      display.reporter(update(step * 50))
    }
    display.finish()
    #expect(
      capture.text == """
        Encoding: 10% 100 of 1,000 texts, 50/s, 18 s left
        Encoding: 60% 600 of 1,000 texts, 50/s, 8.0 s left
        Encoding: 750 texts in 15 s, 50/s

        """)
  }

  @Test func `a terminal's line is written over and ends with a summary`() {
    let (display, clock, capture) = display(isTerminal: true)
    display.reporter(update(0))
    clock.advance(.seconds(2))
    display.reporter(update(200))
    clock.advance(.milliseconds(50))
    display.reporter(update(205))
    display.reporter(update(0, "Ranking"))
    #expect(
      capture.text == "Encoding: 20% 200 of 1,000 texts, 100/s, 8.0 s left"
        + "\r\u{1B}[KEncoding: 205 texts in 2.1 s, 100/s\n")
  }

  @Test func `details stand below a terminal's line and are written over with it`() {
    let (display, clock, capture) = display(isTerminal: true)
    display.reporter(update(0))
    clock.advance(.seconds(2))
    display.show(update(200), details: ["loss 1", "active 5"])
    clock.advance(.seconds(1))
    display.show(update(300), details: ["loss 2", String(repeating: "x", count: 100)])
    display.clear()
    let first = "Encoding: 20% 200 of 1,000 texts, 100/s, 8.0 s left\nloss 1\nactive 5"
    let erase = "\r\u{1B}[K\u{1B}[A\u{1B}[K\u{1B}[A\u{1B}[K"
    let second = "Encoding: 30% 300 of 1,000 texts, 100/s, 7.0 s left\nloss 2\n"
    #expect(
      capture.text == first + erase + second + String(repeating: "x", count: 79) + erase)
  }

  @Test func `elsewhere the first detail ends the line`() {
    let (display, clock, capture) = display(isTerminal: false)
    display.show(update(0), details: ["loss 3"])
    clock.advance(.seconds(10))
    display.show(update(500), details: ["loss 2", "active 5"])
    #expect(capture.text == "Encoding: 50% 500 of 1,000 texts, 50/s, 10 s left, loss 2\n")
  }

  @Test func `a quiet display shows nothing`() {
    let (display, clock, capture) = display(isTerminal: true, isQuiet: true)
    display.reporter(update(0))
    clock.advance(.seconds(60))
    display.reporter(update(500))
    display.finish()
    #expect(capture.text.isEmpty)
  }

  @Test func `parts of a work add up`() {
    let (display, clock, capture) = display(isTerminal: false)
    display.reporter(base: 0, total: nil)(update(0))
    clock.advance(.seconds(4))
    display.reporter(base: 400, total: nil)(update(100))
    #expect(capture.text == "Encoding: 500 texts, 125/s\n")
  }
}

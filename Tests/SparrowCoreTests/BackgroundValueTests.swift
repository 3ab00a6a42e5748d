import Dispatch
import SparrowCore
import Testing

@Suite struct BackgroundValueTests {
  private struct Failure: Error {}

  @Test func `values are there when waited for, as often as one likes`() throws {
    let queue = DispatchQueue(label: "background-value-tests")
    let values = (0..<100).map { number in BackgroundValue(on: queue) { number * number } }
    for _ in 0..<2 {
      #expect(try values.map { try $0.wait() } == (0..<100).map { $0 * $0 })
    }
  }

  @Test func `what the other thread throws is thrown to who waits`() {
    let value = BackgroundValue<Int>(on: .global()) { throw Failure() }
    #expect(throws: Failure.self) { try value.wait() }
  }
}

import Synchronization
import Testing

@testable import SparrowEngines

@Suite struct RetryPolicyTests {
  private let unavailable = EngineError(.unavailable, "down")

  @Test func `waiting times are drawn below limits that double up to a largest one`() {
    var policy = RetryPolicy(
      baseDelay: .milliseconds(250), maximumDelay: .seconds(30), random: { 1 })
    let limits = (0..<10).map { policy.delay(after: $0, unavailable) }
    #expect(
      limits == [0.25, 0.5, 1, 2, 4, 8, 16, 30, 30, 30].map { Duration.seconds($0) })
    policy.random = { 0.25 }
    #expect(policy.delay(after: 2, unavailable) == .milliseconds(250))
    policy.random = { 0 }
    #expect(policy.delay(after: 9, unavailable) == .zero)
  }

  @Test func `an engine that says how long to wait is obeyed`() {
    let policy = RetryPolicy(random: { 0 })
    let error = EngineError(.throttled, "slow down", retryAfter: .seconds(7))
    #expect(policy.delay(after: 0, error) == .seconds(7))
  }

  @Test(arguments: EngineError.Kind.allCases)
  func `only what may pass by itself is tried again`(_ kind: EngineError.Kind) async throws {
    let expected =
      switch kind {
      case .throttled, .timeout, .unavailable, .conflict: 4
      case .internalError: 2
      default: 1
      }
    let count = Mutex(0)
    let error = await #expect(throws: EngineError.self) {
      try await RetryPolicy.immediate(attemptCount: 4).run { _ in
        count.withLock { $0 += 1 }
        throw EngineError(kind, "no")
      }
    }
    #expect(error?.kind == kind)
    #expect(count.withLock { $0 } == expected)
  }

  @Test func `success ends the attempts`() async throws {
    let result = try await RetryPolicy.immediate().run { attempt in
      if attempt < 3 { throw unavailable }
      return attempt
    }
    #expect(result == 3)
  }

  @Test func `concurrency halves under pressure and grows by one a round`() {
    var concurrency = AdaptiveConcurrency(maximum: 8)
    #expect(concurrency.limit == 8)
    concurrency.throttled()
    #expect(concurrency.limit == 4)
    for _ in 0..<5 { concurrency.succeeded() }
    #expect(concurrency.limit == 5)
    for _ in 0..<10 { concurrency.throttled() }
    #expect(concurrency.limit == 1)
    for _ in 0..<100 { concurrency.succeeded() }
    #expect(concurrency.limit == 8)
  }
}

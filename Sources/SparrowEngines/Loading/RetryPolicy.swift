/// When and how often something that failed for the moment is tried again.
///
/// Waiting times are drawn evenly between zero and a limit that doubles from attempt to attempt
/// ("full jitter"), so that many clients do not come back at the same time. An engine that says how
/// long to wait is obeyed.
public struct RetryPolicy: Sendable {
  /// How often something is tried at most, the first time included; the default is 8.
  public var attemptCount: Int
  /// The limit of the first waiting time; the default is a quarter of a second.
  public var baseDelay: Duration
  /// The largest limit of a waiting time; the default is 30 seconds.
  public var maximumDelay: Duration
  /// Waits; replaced in tests.
  public var sleep: @Sendable (Duration) async throws -> Void
  /// Draws a number of 0..<1; replaced in tests.
  public var random: @Sendable () -> Double

  /// Makes a policy.
  public init(
    attemptCount: Int = 8, baseDelay: Duration = .milliseconds(250),
    maximumDelay: Duration = .seconds(30),
    sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
    random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
  ) {
    self.attemptCount = attemptCount
    self.baseDelay = baseDelay
    self.maximumDelay = maximumDelay
    self.sleep = sleep
    self.random = random
  }

  /// Whether an error may be followed by another attempt.
  ///
  /// A defect of the engine (500) is given one more chance.
  func allows(_ error: EngineError, after attempt: Int) -> Bool {
    let limit = error.kind == .internalError ? min(2, attemptCount) : attemptCount
    return (error.kind.isTransient || error.kind == .internalError) && attempt + 1 < limit
  }

  /// How long to wait after attempt number `attempt`, counted from 0.
  func delay(after attempt: Int, _ error: EngineError) -> Duration {
    var limit = baseDelay
    for _ in 0..<attempt where limit < maximumDelay { limit *= 2 }
    let drawn = min(limit, maximumDelay) * random()
    return max(drawn, error.retryAfter ?? .zero)
  }

  /// Runs something until it succeeds, fails for good, or was tried often enough.
  ///
  /// - Parameter body: gets the number of the attempt, from 0.
  /// - Returns: what the successful attempt returned.
  /// - Throws: the last error; `CancellationError`.
  func run<Result>(_ body: (_ attempt: Int) async throws -> Result) async throws -> Result {
    var attempt = 0
    while true {
      do {
        return try await body(attempt)
      } catch let error as EngineError where allows(error, after: attempt) {
        try await sleep(delay(after: attempt, error))
        attempt += 1
      }
    }
  }
}

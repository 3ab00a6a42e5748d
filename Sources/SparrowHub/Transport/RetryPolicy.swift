/// How often and after which pauses a failed request is repeated.
public struct RetryPolicy: Sendable, Hashable {
  /// How many times a request is tried in all; the default is 5.
  public var attemptCount = 5
  /// The pause before the second attempt, by default 1 second; each further one is twice as long.
  public var firstDelay: Duration = .seconds(1)
  /// No pause is longer, except one that the Hub asks for; the default is 30 seconds.
  public var longestDelay: Duration = .seconds(30)
  /// A longer pause than this is not waited for, even if the Hub asks; the default is 5 minutes.
  public var longestRequestedDelay: Duration = .seconds(300)

  /// Makes the default policy.
  public init() {}

  /// The pause after a failed attempt; nil when there is no point in another one.
  ///
  /// - Parameters:
  ///   - attempt: the attempt that failed, counted from 1.
  ///   - error: why it failed.
  /// - Returns: how long to wait.
  func delay(after attempt: Int, _ error: HubError) -> Duration? {
    guard error.isTransient, attempt < attemptCount else { return nil }
    if let requested = error.retryDelay {
      return requested <= longestRequestedDelay ? requested : nil
    }
    return min(longestDelay, firstDelay * (1 << min(attempt - 1, 20)))
  }
}

/// A token that tells the Hub who is asking; descriptions never show it.
public struct AccessToken: Sendable, Hashable, CustomStringConvertible {
  /// The secret itself.
  let secret: String

  /// Makes a token; nil when there is nothing but white space.
  public init?(_ secret: String) {
    let trimmed = secret.split(whereSeparator: \.isWhitespace).joined()
    guard !trimmed.isEmpty else { return nil }
    self.secret = trimmed
  }

  /// Three dots.
  public var description: String { "…" }
}

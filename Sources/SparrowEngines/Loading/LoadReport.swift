/// How a bulk load went.
public struct LoadReport: Sendable, Hashable {
  /// How many documents the engine has confirmed.
  public internal(set) var confirmedCount = 0
  /// The documents that cannot be loaded, and why.
  public internal(set) var refused: [RefusedDocument] = []
  /// How many requests were sent.
  public internal(set) var requestCount = 0
  /// How many of them were repetitions after a failure.
  public internal(set) var retryCount = 0
  /// How many bytes of documents were sent, repetitions included.
  public internal(set) var byteCount = 0
}

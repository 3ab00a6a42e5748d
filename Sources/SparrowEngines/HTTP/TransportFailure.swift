import Foundation

/// What transports say when no answer came: the same words whichever of them carries the requests.
enum TransportFailure {
  static func timeout(_ request: HTTPRequest) -> EngineError {
    EngineError(
      .timeout, "\(request.place) did not answer within \(request.timeout). Is it overloaded?")
  }

  static func redirected(_ request: HTTPRequest) -> EngineError {
    EngineError(
      .unavailable,
      "\(request.place) redirects to another address, which credentials must not follow. Give that address."
    )
  }

  static func unreachable(_ request: HTTPRequest, _ reason: String) -> EngineError {
    EngineError(
      .unavailable, "Could not talk to \(request.place) (\(reason)). Is the engine running?")
  }

  static func tooLarge(_ request: HTTPRequest, limit: Int) -> EngineError {
    EngineError(
      .internalError,
      "\(request.place) sent no answer of HTTP, or one of more than \(limit) bytes. Ask for less at a time."
    )
  }
}

extension HTTPRequest {
  /// Host and port, for messages.
  var place: String {
    let url = URL(string: url)
    let port = url?.port ?? (url?.scheme == "https" ? 443 : 80)
    return "\(url?.host ?? "?"):\(port)"
  }
}

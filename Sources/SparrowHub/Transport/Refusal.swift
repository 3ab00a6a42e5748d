import Foundation

extension HubError {
  /// Explains an answer of the Hub that is no success.
  ///
  /// - Parameters:
  ///   - response: the answer.
  ///   - text: its body, or the beginning of it.
  ///   - subject: the repository that was asked about.
  ///   - hasToken: whether a token was sent along.
  init(
    refusal response: HTTPResponse, text: String, about subject: RepositoryReference, hasToken: Bool
  ) {
    let words = response.headers["x-error-message"] ?? Self.firstLine(text)
    let said = words.isEmpty ? "" : " The Hub says: \(words)"
    let kind = subject.kind.rawValue
    switch (response.status, response.headers["x-error-code"]) {
    case (_, "GatedRepo"):
      self.init(
        .gated,
        "The \(kind) \(subject.name) is gated: open https://huggingface.co/\(subject.kind.addressPrefix)\(subject.name), accept its conditions, and \(hasToken ? "use a token of that account" : "set HF_TOKEN to a token of that account").\(said)"
      )
    case (_, "RevisionNotFound"):
      self.init(
        .revisionNotFound,
        "The \(kind) \(subject.name) has no branch, tag or commit '\(subject.revision)'.")
    case (_, "EntryNotFound"):
      self.init(.fileNotFound, "\(subject) has no such file: \(response.url.path).")
    case (401, _) where response.headers["x-error-message"]?.hasPrefix("Invalid") == true:
      self.init(
        .unauthorized,
        "The Hub does not accept the token. Set HF_TOKEN to a valid one, or unset it and remove the file 'token' in HF_HOME."
      )
    case (_, "RepoNotFound"), (401, _):
      let advice =
        hasToken
        ? "or the token may not see it" : "or it is private and needs a token in HF_TOKEN"
      self.init(
        .repositoryNotFound,
        "The Hub has no \(kind) '\(subject.name)', \(advice). Check owner and name.")
    case (403, _):
      self.init(
        .forbidden,
        "The Hub refuses this for \(subject); the token needs the right to do it.\(said)")
    case (404, _):
      self.init(.fileNotFound, "The Hub has nothing at \(response.url.path).\(said)")
    case (409, _):
      self.init(.alreadyExists, "The \(kind) \(subject.name) is in the way of this request.\(said)")
    case (429, _):
      self.init(
        .rateLimited, "The Hub has had too many requests from here; try again later.\(said)",
        retryDelay: Self.requestedDelay(response))
    case (408, _), (500..., _):
      self.init(
        .server,
        "The Hub failed with status \(response.status) for \(subject); try again later.\(said)",
        retryDelay: Self.requestedDelay(response))
    default:
      self.init(
        .forbidden,
        "The Hub refused a request for \(subject) with status \(response.status).\(said)")
    }
  }

  /// How long the Hub asks to wait: `Retry-After`, or `t` of `RateLimit: "api";r=0;t=55`.
  private static func requestedDelay(_ response: HTTPResponse) -> Duration? {
    if let seconds = response.headers["retry-after"].flatMap({ Int64($0) }) {
      return .seconds(max(0, seconds))
    }
    let fields = response.headers["ratelimit"]?.split(separator: ";") ?? []
    guard fields.contains("r=0") else { return nil }
    return fields.first { $0.hasPrefix("t=") }.flatMap { Int64($0.dropFirst(2)) }
      .map { .seconds(max(0, $0)) }
  }

  /// The first line of a body that is text, not a page.
  private static func firstLine(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).first ?? ""
    return line.hasPrefix("<") ? "" : String(line.prefix(300))
  }
}

/// Marks parts of a text with colour and weight, or leaves them alone where nobody would see it.
struct TerminalStyle: Sendable {
  /// Whether marks are written at all.
  let isColored: Bool

  /// Decides for a sink: colours only on terminals, never with `NO_COLOR` or on a dumb terminal.
  ///
  /// Source: https://no-color.org.
  init(for sink: TextSink, environment: [String: String]) {
    let isUnwanted = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    isColored = sink.isTerminal && !isUnwanted && environment["TERM"] != "dumb"
  }

  func bold(_ text: String) -> String { mark(text, 1) }
  func dim(_ text: String) -> String { mark(text, 2) }
  func red(_ text: String) -> String { mark(text, 31) }
  func green(_ text: String) -> String { mark(text, 32) }
  func yellow(_ text: String) -> String { mark(text, 33) }
  func cyan(_ text: String) -> String { mark(text, 36) }

  private func mark(_ text: String, _ code: Int) -> String {
    isColored ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}

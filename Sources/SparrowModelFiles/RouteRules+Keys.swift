import SparrowCore

extension RouteRules.Key {
  /// Reads a key from the text of a Python pair, such as `('query', None)`; nil when it is no pair of
  /// texts or `None`.
  init?(pythonPair text: String) {
    var scanner = PythonPairScanner(text)
    guard let (task, modality) = scanner.pair() else { return nil }
    self.init(task: task, modality: modality)
  }

  /// The key as Python writes a pair.
  var pythonPair: String { "(\(Self.spelling(of: task)), \(Self.spelling(of: modality)))" }

  private static func spelling(of text: String?) -> String {
    guard let text else { return "None" }
    let quote: Character = text.contains("'") && !text.contains("\"") ? "\"" : "'"
    let inner = text.flatMap { $0 == quote || $0 == "\\" ? ["\\", $0] : [$0] }
    return String([quote] + inner + [quote])
  }
}

/// Reads `(item, item)` where an item is `None` or a quoted text.
private struct PythonPairScanner {
  private var rest: Substring

  init(_ text: String) { rest = text[...] }

  mutating func pair() -> (String?, String?)? {
    guard skip("("), let first = item(), skip(","), let second = item(), skip(")"), rest.isEmpty
    else { return nil }
    return (first, second)
  }

  private mutating func skip(_ character: Character) -> Bool {
    rest = rest.drop { $0 == " " }
    guard rest.first == character else { return false }
    rest.removeFirst()
    return true
  }

  /// The next item; the outer nil means that there is none.
  private mutating func item() -> String?? {
    rest = rest.drop { $0 == " " }
    if rest.hasPrefix("None") {
      rest.removeFirst(4)
      return .some(nil)
    }
    guard let quote = rest.popFirst(), quote == "'" || quote == "\"" else { return nil }
    var text = ""
    while let character = rest.popFirst() {
      if character == quote { return text }
      if character == "\\" {
        guard let escaped = rest.popFirst() else { return nil }
        text.append(escaped)
      } else {
        text.append(character)
      }
    }
    return nil
  }
}

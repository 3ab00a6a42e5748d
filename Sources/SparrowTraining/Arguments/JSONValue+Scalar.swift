import SparrowCore

extension JSONValue {
  /// What a text on a command line means: a number, a truth value, null, a list, an object, or the
  /// text itself.
  static func scalar(_ text: String) -> JSONValue {
    if let value = try? JSONValue(parsing: Array(text.utf8)) { return value }
    switch text.lowercased() {
    case "true", "yes", "on": return true
    case "false", "no", "off": return false
    case "null", "none", "~": return .null
    default: return Double(text).map { .number($0) } ?? .string(text)
    }
  }
}

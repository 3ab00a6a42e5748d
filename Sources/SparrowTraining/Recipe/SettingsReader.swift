import SparrowCore

/// Reads the keys of one section of a recipe, and tells which it does not know.
struct SettingsReader {
  /// The section as messages name it: `loss`, `loss.loss`.
  let section: String
  private let object: JSONObject
  private var known: [String] = []

  init(_ object: JSONObject, section: String) {
    self.section = section
    self.object = object
  }

  /// Reads a value that must be an object.
  init(_ value: JSONValue, section: String) throws(TrainingError) {
    guard let object = value.object else {
      throw TrainingError(
        .invalidArgument,
        "'\(section)' of the recipe needs an object (key: value); found \(value.kindName).")
    }
    self.init(object, section: section)
  }

  func refuse(_ key: String, _ need: String, _ value: JSONValue?) -> TrainingError {
    TrainingError(
      .invalidArgument,
      "'\(section).\(key)' of the recipe needs \(need); found \(value?.text() ?? "nothing").")
  }

  /// A value as it stands; nil when absent or null.
  mutating func value(_ key: String) -> JSONValue? {
    known.append(key)
    guard let value = object[key], !value.isNull else { return nil }
    return value
  }

  mutating func text(_ key: String) throws(TrainingError) -> String? {
    guard let value = value(key) else { return nil }
    guard let text = value.string, !text.isEmpty else { throw refuse(key, "a text", value) }
    return text
  }

  mutating func requiredText(_ key: String) throws(TrainingError) -> String {
    guard let text = try text(key) else { throw refuse(key, "a text", nil) }
    return text
  }

  mutating func number(_ key: String) throws(TrainingError) -> Double? {
    guard let value = value(key) else { return nil }
    guard let number = value.double, number.isFinite else { throw refuse(key, "a number", value) }
    return number
  }

  mutating func count(_ key: String, from minimum: Int = 0) throws(TrainingError) -> Int? {
    guard let value = value(key) else { return nil }
    guard let count = value.int, count >= minimum else {
      throw refuse(key, "a whole number from \(minimum)", value)
    }
    return count
  }

  mutating func flag(_ key: String) throws(TrainingError) -> Bool? {
    guard let value = value(key) else { return nil }
    guard let flag = value.bool else { throw refuse(key, "true or false", value) }
    return flag
  }

  mutating func texts(_ key: String) throws(TrainingError) -> [String]? {
    guard let value = value(key) else { return nil }
    let texts = value.array?.compactMap(\.string) ?? []
    guard !texts.isEmpty, texts.count == value.array?.count else {
      throw refuse(key, "a list of texts", value)
    }
    return texts
  }

  mutating func choice<Choice>(
    _ key: String, _ type: Choice.Type = Choice.self
  ) throws(TrainingError) -> Choice?
  where Choice: RawRepresentable<String> & CaseIterable {
    guard let value = value(key) else { return nil }
    guard let choice = try Self.choice(value, type) else {
      let names = Choice.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
      throw refuse(key, "one of \(names)", value)
    }
    return choice
  }

  /// Names in any case.
  static func choice<Choice>(
    _ value: JSONValue, _ type: Choice.Type
  ) throws(TrainingError) -> Choice? where Choice: RawRepresentable<String> & CaseIterable {
    Choice.allCases.first { $0.rawValue.lowercased() == value.string?.lowercased() }
  }

  /// Refuses keys that nothing asked for.
  func finish() throws(TrainingError) {
    for key in object.keys where !known.contains(key) {
      throw TrainingError(
        .invalidArgument,
        "'\(section)' of the recipe has no key '\(key)'; it has \(known.map { "'\($0)'" }.joined(separator: ", ")).\(NearestName.suggestion(for: key, among: known))"
      )
    }
  }
}

/// An error that can tell what is wrong with a key of a recipe.
package protocol SettingsError: SparrowError {
  /// Makes an error of a key that is missing, unknown or wrong.
  init(setting message: String)
}

/// Reads the keys of one section of a recipe, and tells which it does not know.
package struct SettingsReader<Failure: SettingsError> {
  /// The section as messages name it: `loss`, `loss.loss`; empty for the recipe itself.
  package let section: String
  private let object: JSONObject
  private var known: [String] = []

  /// Reads a section.
  package init(_ object: JSONObject, section: String = "") {
    self.section = section
    self.object = object
  }

  /// Reads a value that must be an object.
  package init(_ value: JSONValue, section: String) throws(Failure) {
    guard let object = value.object else {
      throw Failure(
        setting:
          "'\(section)' of the recipe needs an object (key: value); found \(value.kindName).")
    }
    self.init(object, section: section)
  }

  /// A key as messages name it.
  package func way(to key: String) -> String { section.isEmpty ? key : "\(section).\(key)" }

  /// An error of a key whose value is not what it needs.
  package func refuse(_ key: String, _ need: String, _ value: JSONValue?) -> Failure {
    Failure(
      setting:
        "'\(way(to: key))' of the recipe needs \(need); found \(value?.text() ?? "nothing").")
  }

  /// A value as it stands; nil when absent or null.
  package mutating func value(_ key: String) -> JSONValue? {
    known.append(key)
    guard let value = object[key], !value.isNull else { return nil }
    return value
  }

  /// A text; nil when absent or null.
  package mutating func text(_ key: String) throws(Failure) -> String? {
    guard let value = value(key) else { return nil }
    guard let text = value.string, !text.isEmpty else { throw refuse(key, "a text", value) }
    return text
  }

  /// A text that must be there.
  package mutating func requiredText(_ key: String) throws(Failure) -> String {
    guard let text = try text(key) else { throw refuse(key, "a text", nil) }
    return text
  }

  /// A number; nil when absent or null.
  package mutating func number(_ key: String) throws(Failure) -> Double? {
    guard let value = value(key) else { return nil }
    guard let number = value.double, number.isFinite else { throw refuse(key, "a number", value) }
    return number
  }

  /// A whole number; nil when absent or null.
  package mutating func count(_ key: String, from minimum: Int = 0) throws(Failure) -> Int? {
    guard let value = value(key) else { return nil }
    guard let count = value.int, count >= minimum else {
      throw refuse(key, "a whole number from \(minimum)", value)
    }
    return count
  }

  /// A truth value; nil when absent or null.
  package mutating func flag(_ key: String) throws(Failure) -> Bool? {
    guard let value = value(key) else { return nil }
    guard let flag = value.bool else { throw refuse(key, "true or false", value) }
    return flag
  }

  /// A list of texts; nil when absent or null.
  package mutating func texts(_ key: String) throws(Failure) -> [String]? {
    guard let value = value(key) else { return nil }
    let texts = value.array?.compactMap(\.string) ?? []
    guard !texts.isEmpty, texts.count == value.array?.count else {
      throw refuse(key, "a list of texts", value)
    }
    return texts
  }

  /// One of several names, in any case; nil when absent or null.
  package mutating func choice<Choice>(
    _ key: String, _ type: Choice.Type = Choice.self
  ) throws(Failure) -> Choice?
  where Choice: RawRepresentable<String> & CaseIterable {
    guard let value = value(key) else { return nil }
    guard let choice = try Self.choice(value, type) else {
      let names = Choice.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
      throw refuse(key, "one of \(names)", value)
    }
    return choice
  }

  /// Names in any case.
  package static func choice<Choice>(
    _ value: JSONValue, _ type: Choice.Type
  ) throws(Failure) -> Choice? where Choice: RawRepresentable<String> & CaseIterable {
    Choice.allCases.first { $0.rawValue.lowercased() == value.string?.lowercased() }
  }

  /// Refuses keys that nothing asked for.
  package func finish() throws(Failure) {
    let place = section.isEmpty ? "A recipe" : "'\(section)' of the recipe"
    let names = known.map { "'\($0)'" }.joined(separator: ", ")
    for key in object.keys where !known.contains(key) {
      throw Failure(
        setting:
          "\(place) has no key '\(key)'; it has \(names).\(NearestName.suggestion(for: key, among: known))"
      )
    }
  }
}

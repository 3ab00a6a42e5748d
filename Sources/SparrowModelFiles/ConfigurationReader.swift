package import SparrowCore

/// Reads typed values from a configuration file's object, naming file and key when they are wrong.
package struct ConfigurationReader {
  /// The members to read.
  package let object: JSONObject
  /// The file they come from, for messages.
  package let path: String

  /// Makes a reader of an object that was found in the file at a path.
  package init(object: JSONObject, path: String) {
    self.object = object
    self.path = path
  }

  /// The value of a key or its default, checked to be a whole number in a range.
  package func int(
    _ key: String, default fallback: Int, in range: ClosedRange<Int>
  ) throws(ModelError) -> Int {
    guard let value = object[key], !value.isNull else { return fallback }
    guard let number = value.int, range.contains(number) else {
      throw wrong(key, "a whole number from \(range.lowerBound) to \(range.upperBound)", value)
    }
    return number
  }

  /// The value of a key or its default, checked to be a number in a range.
  package func double(
    _ key: String, default fallback: Double, in range: ClosedRange<Double>
  ) throws(ModelError) -> Double {
    guard let value = object[key], !value.isNull else { return fallback }
    guard let number = value.double, range.contains(number) else {
      throw wrong(key, "a number from \(range.lowerBound) to \(range.upperBound)", value)
    }
    return number
  }

  /// The value of a key or its default, checked to be true or false.
  package func bool(_ key: String, default fallback: Bool) throws(ModelError) -> Bool {
    guard let value = object[key], !value.isNull else { return fallback }
    guard let truth = value.bool else { throw wrong(key, "true or false", value) }
    return truth
  }

  /// The value of a key or its default, checked to be one of the raw values of an enumeration.
  package func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, default fallback: Choice
  ) throws(ModelError) -> Choice where Choice.RawValue == String {
    guard let value = object[key], !value.isNull else { return fallback }
    guard let text = value.string, let choice = Choice(rawValue: text) else {
      let known = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
      throw wrong(key, "one of \(known)", value)
    }
    return choice
  }

  /// The error for a value that is not what its key needs.
  package func wrong(_ key: String, _ expectation: String, _ found: JSONValue) -> ModelError {
    ModelError(
      .invalidConfiguration, "Expected \(expectation), found \(found.text()).",
      at: FileLocation(path: path, item: key))
  }
}

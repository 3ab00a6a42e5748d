import SparrowCore

/// One argument: its name in files, what it is, and how it is read and written.
struct ArgumentField: Sendable {
  /// A key path to a setting; nothing but a place, so it may cross threads.
  typealias Path<Value> = any WritableKeyPath<TrainingArguments, Value> & Sendable

  /// The name in files.
  let name: String
  /// What it is, in a few words.
  let summary: String
  /// Whether a value given as text is taken as it stands.
  let isText: Bool
  let read: @Sendable (inout TrainingArguments, JSONValue) throws(TrainingError) -> Void
  let write: @Sendable (TrainingArguments) -> JSONValue

  private init(
    _ name: String, _ summary: String, isText: Bool = false,
    read: @escaping @Sendable (inout TrainingArguments, JSONValue) throws(TrainingError) -> Void,
    write: @escaping @Sendable (TrainingArguments) -> JSONValue
  ) {
    self.name = name
    self.summary = summary
    self.isText = isText
    self.read = read
    self.write = write
  }

  private static func refuse(_ name: String, _ need: String, _ value: JSONValue) -> TrainingError {
    TrainingError(
      .invalidArgument, "The argument '\(name)' needs \(need); found \(value.text()).")
  }

  static func custom(
    _ name: String, _ summary: String, needs need: String,
    read: @escaping @Sendable (inout TrainingArguments, JSONValue) -> Bool,
    write: @escaping @Sendable (TrainingArguments) -> JSONValue
  ) -> ArgumentField {
    ArgumentField(
      name, summary,
      read: { (arguments: inout TrainingArguments, value) throws(TrainingError) in
        guard read(&arguments, value) else { throw refuse(name, need, value) }
      }, write: write)
  }

  static func count(
    _ name: String, _ path: Path<Int>, from minimum: Int, _ summary: String
  ) -> ArgumentField {
    custom(name, summary, needs: "a whole number from \(minimum)") { arguments, value in
      guard let number = value.int, number >= minimum else { return false }
      arguments[keyPath: path] = number
      return true
    } write: {
      .integer(Int64($0[keyPath: path]))
    }
  }

  static func optionalCount(
    _ name: String, _ path: Path<Int?>, from minimum: Int, _ summary: String
  ) -> ArgumentField {
    custom(name, summary, needs: "a whole number from \(minimum), or null") { arguments, value in
      guard value.isNull || (value.int ?? .min) >= minimum else { return false }
      arguments[keyPath: path] = value.int
      return true
    } write: {
      $0[keyPath: path].map { .integer(Int64($0)) } ?? .null
    }
  }

  static func number(
    _ name: String, _ path: Path<Double>, in range: PartialRangeFrom<Double>, _ summary: String
  ) -> ArgumentField {
    custom(name, summary, needs: "a number from \(range.lowerBound)") { arguments, value in
      guard let number = value.double, number.isFinite, range.contains(number) else {
        return false
      }
      arguments[keyPath: path] = number
      return true
    } write: {
      .number($0[keyPath: path])
    }
  }

  static func flag(_ name: String, _ path: Path<Bool>, _ summary: String) -> ArgumentField {
    custom(name, summary, needs: "true or false") { arguments, value in
      guard let flag = value.bool else { return false }
      arguments[keyPath: path] = flag
      return true
    } write: {
      .bool($0[keyPath: path])
    }
  }

  static func optionalFlag(
    _ name: String, _ path: Path<Bool?>, _ summary: String
  ) -> ArgumentField {
    custom(name, summary, needs: "true, false or null") { arguments, value in
      guard value.isNull || value.bool != nil else { return false }
      arguments[keyPath: path] = value.bool
      return true
    } write: {
      $0[keyPath: path].map { .bool($0) } ?? .null
    }
  }

  static func text(_ name: String, _ path: Path<String>, _ summary: String) -> ArgumentField {
    ArgumentField(
      name, summary, isText: true,
      read: { (arguments: inout TrainingArguments, value) throws(TrainingError) in
        guard let text = value.string, !text.isEmpty else {
          throw refuse(name, "a text", value)
        }
        arguments[keyPath: path] = text
      }, write: { .string($0[keyPath: path]) })
  }

  static func optionalText(
    _ name: String, _ path: Path<String?>, _ summary: String
  ) -> ArgumentField {
    ArgumentField(
      name, summary, isText: true,
      read: { (arguments: inout TrainingArguments, value) throws(TrainingError) in
        guard value.isNull || value.string?.isEmpty == false else {
          throw refuse(name, "a text or null", value)
        }
        arguments[keyPath: path] = value.string
      }, write: { $0[keyPath: path].map { .string($0) } ?? .null })
  }

  static func choice<Choice: RawRepresentable & CaseIterable>(
    _ name: String, _ path: Path<Choice>, _ summary: String
  ) -> ArgumentField where Choice.RawValue == String, Choice: Sendable {
    let names = Choice.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
    return custom(name, summary, needs: "one of \(names)") { arguments, value in
      // YAML reads a bare `no` as false.
      let text = value == .bool(false) ? "no" : value.string?.lowercased()
      guard let choice = text.flatMap(Choice.init(rawValue:)) else { return false }
      arguments[keyPath: path] = choice
      return true
    } write: {
      .string($0[keyPath: path].rawValue)
    }
  }

  static func interval(
    _ name: String, _ path: Path<StepInterval>, _ summary: String
  ) -> ArgumentField {
    custom(name, summary, needs: "a whole number of steps, or a share below 1 of all steps") {
      arguments, value in
      guard let interval = value.double.flatMap(StepInterval.init) else { return false }
      arguments[keyPath: path] = interval
      return true
    } write: {
      $0[keyPath: path].json
    }
  }

  static func object(
    _ name: String, _ path: Path<JSONObject>, _ summary: String
  ) -> ArgumentField {
    custom(name, summary, needs: "an object (key: value)") { arguments, value in
      if value.isNull {
        arguments[keyPath: path] = JSONObject()
        return true
      }
      guard let object = value.object else { return false }
      arguments[keyPath: path] = object
      return true
    } write: {
      .object($0[keyPath: path])
    }
  }
}

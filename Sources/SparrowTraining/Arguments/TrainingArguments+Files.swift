public import SparrowCore

extension TrainingArguments {
  /// All names of arguments in files.
  public static var argumentNames: [String] { fields.map(\.name) }

  /// A few words on every argument, by name, for help texts.
  public static var argumentSummaries: [(name: String, summary: String)] {
    fields.map { ($0.name, $0.summary) }
  }

  /// Reads arguments by their names in files; those that are absent keep their defaults.
  ///
  /// - Throws: ``TrainingError/Code/invalidArgument`` for a name that does not exist, with the
  ///   nearest one that does; for a value that makes no sense; and for `warmup_ratio` beside
  ///   `warmup_steps`, or `bf16` beside `fp16`.
  public init(_ object: JSONObject) throws(TrainingError) {
    self.init()
    try set(object)
  }

  /// Sets several arguments by their names in files; see ``init(_:)``.
  public mutating func set(_ object: JSONObject) throws(TrainingError) {
    let isOn = { (name: String) in object[name] == .bool(true) }
    guard !(isOn("bf16") && isOn("fp16")) else {
      throw TrainingError(
        .invalidArgument,
        "The arguments 'bf16' and 'fp16' contradict each other: one number format is possible. Leave one out."
      )
    }
    if let ratio = object["warmup_ratio"]?.double, ratio > 0,
      let steps = object["warmup_steps"]?.double, steps > 0
    {
      throw TrainingError(
        .invalidArgument,
        "The arguments 'warmup_ratio' and 'warmup_steps' contradict each other: \(ratio) and \(steps). Leave one out."
      )
    }
    for (name, value) in object.members { try set(name, value) }
  }

  /// Sets one argument by its name in files.
  public mutating func set(_ name: String, _ value: JSONValue) throws(TrainingError) {
    if let field = Self.fields.first(where: { $0.name == name }) {
      try field.read(&self, value)
    } else if name == "warmup_ratio" {
      guard let ratio = value.double, (0..<1).contains(ratio) else {
        throw TrainingError(
          .invalidArgument,
          "The argument 'warmup_ratio' needs a number from 0 and below 1; found \(value.text()).")
      }
      warmup = StepInterval(ratio) ?? .steps(0)
    } else if let reason = ReferenceArguments.reason(name) {
      throw TrainingError(
        .invalidArgument, "The argument '\(name)' has no meaning here: \(reason) Leave it out.")
    } else {
      throw TrainingError(
        .invalidArgument,
        "There is no argument '\(name)'.\(NearestName.suggestion(for: name, among: Self.argumentNames + ["warmup_ratio"]))"
      )
    }
  }

  /// Sets one argument from text, as a command line gives it: `learning_rate`, `2e-5`.
  ///
  /// Text is read like a YAML scalar or JSON: numbers, `true`, `false`, `null`, lists and objects.
  public mutating func set(_ name: String, text: String) throws(TrainingError) {
    try set(name, Self.isText(name) && text != "null" ? .string(text) : .scalar(text))
  }

  /// Whether there is an argument of this name.
  static func knows(_ name: String) -> Bool {
    name == "warmup_ratio" || ReferenceArguments.reason(name) != nil
      || fields.contains { $0.name == name }
  }

  /// Whether an argument's value is taken as it stands when it is given as text.
  static func isText(_ name: String) -> Bool {
    fields.first { $0.name == name }?.isText ?? false
  }

  /// All arguments by their names in files.
  public var json: JSONObject {
    JSONObject(Self.fields.map { ($0.name, $0.write(self)) })
  }

  /// Only the arguments that differ from their defaults.
  public var nonDefaultJSON: JSONObject {
    let standard = TrainingArguments()
    return JSONObject(
      Self.fields.compactMap { field in
        let value = field.write(self)
        return value == field.write(standard) ? nil : (field.name, value)
      })
  }
}

/// Parameters that share a learning rate and a weight decay.
public struct ParameterGroup {
  /// The parameters, in the order of the model.
  public var parameters: [NamedParameter]
  /// The learning rate before the schedule's factor.
  public var learningRate: Double
  /// The share of a weight, times the learning rate, that each step takes away.
  public var weightDecay: Double

  /// Makes a group.
  public init(parameters: [NamedParameter], learningRate: Double, weightDecay: Double) {
    self.parameters = parameters
    self.learningRate = learningRate
    self.weightDecay = weightDecay
  }

  /// A learning rate for parameters whose names match a pattern.
  public struct RateRule: Sendable, Hashable {
    /// A regular expression, searched anywhere in the name.
    public var pattern: String
    /// The learning rate of what matches.
    public var learningRate: Double

    /// Makes a rule.
    public init(pattern: String, learningRate: Double) {
      self.pattern = pattern
      self.learningRate = learningRate
    }
  }

  /// Sorts the trainable parameters of a model into groups as the reference does.
  ///
  /// First those that decay, then biases and the weights of norms, which do not; then for each rule
  /// its matches, taken out of the earlier groups, again in these two parts. Empty groups are left
  /// out. Names are matched with `namePrefix` before them, since the reference names parameters as
  /// seen from the loss (`model.0.model.bert.…`); they hold no class names, so that the reference's
  /// documented pattern `SparseStaticEmbedding\.weight` matches nothing here or there, while
  /// `sub_modules\.query\.0\.weight` does.
  ///
  /// - Throws: ``ModuleError`` when a pattern is no regular expression or matches no parameter.
  public static func groups(
    of parameters: [NamedParameter], learningRate: Double, weightDecay: Double,
    rules: [RateRule] = [], namePrefix: String = "model."
  ) throws(ModuleError) -> [ParameterGroup] {
    let trainable = parameters.filter(\.parameter.isTrainable)
    var groups = split(trainable, learningRate: learningRate, weightDecay: weightDecay)
    for rule in rules {
      let pattern = try compile(rule)
      let matches = trainable.filter {
        (namePrefix + $0.name).firstMatch(of: pattern) != nil
      }
      guard !matches.isEmpty else {
        let examples = trainable.prefix(3).map { "'\(namePrefix + $0.name)'" }
        throw ModuleError(
          .invalidConfiguration,
          "The learning-rate pattern '\(rule.pattern)' matches none of the \(trainable.count) trainable parameters. Names look like \(examples.joined(separator: ", ")) and hold no class names."
        )
      }
      let taken = Set(matches.map { ObjectIdentifier($0.parameter) })
      for index in groups.indices {
        groups[index].parameters.removeAll { taken.contains(ObjectIdentifier($0.parameter)) }
      }
      groups += split(matches, learningRate: rule.learningRate, weightDecay: weightDecay)
    }
    return groups.filter { !$0.parameters.isEmpty }
  }

  private static func split(
    _ parameters: [NamedParameter], learningRate: Double, weightDecay: Double
  ) -> [ParameterGroup] {
    [
      ParameterGroup(
        parameters: parameters.filter { decays($0.name) }, learningRate: learningRate,
        weightDecay: weightDecay),
      ParameterGroup(
        parameters: parameters.filter { !decays($0.name) }, learningRate: learningRate,
        weightDecay: 0),
    ]
  }

  /// Whether weight decay applies to a parameter of this name: not to biases and norms.
  public static func decays(_ name: String) -> Bool {
    let name = name.lowercased()
    if ["bias", "layernorm", "rmsnorm"].contains(where: name.contains) { return false }
    return !name.split(separator: ".").contains { $0 == "norm" || $0.hasSuffix("_norm") }
  }

  private static func compile(
    _ rule: RateRule
  ) throws(ModuleError) -> Regex<AnyRegexOutput> {
    do {
      return try Regex(rule.pattern).matchingSemantics(.unicodeScalar)
    } catch {
      throw ModuleError(
        .invalidConfiguration,
        "The learning-rate pattern '\(rule.pattern)' is not a regular expression: \(error).")
    }
  }
}

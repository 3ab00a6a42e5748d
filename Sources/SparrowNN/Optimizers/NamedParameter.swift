/// A parameter under the name it has within a whole model.
///
/// The name may differ from the parameter's own: a model of several stages puts the stage before it
/// (`0.model.bert.…`), as the reference does.
public struct NamedParameter {
  /// The name within the whole model.
  public let name: String
  /// The parameter.
  public let parameter: Parameter

  /// Makes a pair.
  public init(name: String, parameter: Parameter) {
    self.name = name
    self.parameter = parameter
  }
}

import SparrowCore
public import SparrowTensor

/// Where the values of a model's parameters come from.
public protocol ParameterSource: AnyObject {
  /// The tensor stored under a name, nil when there is none.
  ///
  /// - Throws: an error of the file it is read from.
  func tensor(named name: String) throws -> Tensor?
  /// Where the parameters are looked for, for messages: a file's path.
  var path: String { get }
}

/// Creates the parameters of a model under the names they have in checkpoints.
///
/// A module asks its scope for `"weight"`; the scope knows that this module is called
/// `bert.encoder.layer.0.output.dense`, finds the tensor, checks its shape and registers it.
public final class ParameterScope {
  private let registry: ParameterRegistry
  private let prefix: String

  private init(registry: ParameterRegistry, prefix: String) {
    self.registry = registry
    self.prefix = prefix
  }

  /// Makes the outermost scope over a registry.
  public convenience init(_ registry: ParameterRegistry) {
    self.init(registry: registry, prefix: "")
  }

  /// The scope of a part of this module.
  public func child(_ name: String) -> ParameterScope {
    ParameterScope(registry: registry, prefix: prefix + name + ".")
  }

  /// The full name of a parameter of this scope.
  public func name(_ name: String) -> String { prefix + name }

  /// Whether the source stores a tensor of this name.
  public func contains(_ name: String) throws -> Bool {
    try registry.stored(prefix + name) != nil
  }

  /// The tensor that the source stores under this name, nil when there is none.
  public func stored(_ name: String) throws -> Tensor? { try registry.stored(prefix + name) }

  /// Creates a parameter.
  ///
  /// - Parameters:
  ///   - name: its name within this scope.
  ///   - storedName: its name in files, when that differs.
  ///   - shape: what it must be; a stored tensor of another shape is an error.
  ///   - initializer: fills a parameter that the source does not store; nil makes that an error.
  /// - Returns: the parameter, registered.
  /// - Throws: ``ModuleError`` naming the tensor, or the error of the file.
  public func parameter(
    _ name: String, storedAs storedName: String? = nil, shape: [Int],
    initializer: Initializer? = nil
  ) throws -> Parameter {
    try registry.make(
      prefix + name, storedName: prefix + (storedName ?? name), shape: shape,
      initializer: initializer)
  }
}

/// How a new parameter gets its first values.
public enum Initializer: Sendable, Hashable {
  /// All zeros.
  case zeros
  /// All ones.
  case ones
  /// Normally distributed around 0.
  case normal(deviation: Double)
  /// Uniform in ±bound.
  case uniform(bound: Double)
  /// Ones where row and column are equal, zeros elsewhere; for matrices.
  case identity

  func tensor(_ shape: [Int]) throws(TensorError) -> Tensor {
    let tensor = try Tensor.zeros(shape)
    switch self {
    case .zeros: break
    case .ones: try tensor.fill(1)
    case .normal(let deviation): try tensor.fillNormal(deviation: deviation)
    case .uniform(let bound): try tensor.fillUniform(from: -bound, to: bound)
    case .identity: try tensor.copy(from: Self.identityMatrix(shape))
    }
    return tensor
  }

  private static func identityMatrix(_ shape: [Int]) throws(TensorError) -> Tensor {
    precondition(shape.count == 2, "an identity needs a matrix; this is a bug")
    var values = [Float](repeating: 0, count: shape[0] * shape[1])
    for row in 0..<min(shape[0], shape[1]) { values[row * shape[1] + row] = 1 }
    return try Tensor(values, shape: shape)
  }
}

/// All parameters of a model in order of creation, and what its source stores besides.
public final class ParameterRegistry {
  /// The parameters in order of creation.
  public private(set) var parameters: [Parameter] = []
  /// Names of parameters that were not stored and got their values from an initialiser.
  public private(set) var initializedNames: [String] = []

  private let source: (any ParameterSource)?

  /// Makes a registry; without a source every parameter needs an initialiser.
  public init(source: (any ParameterSource)?) { self.source = source }

  func stored(_ name: String) throws -> Tensor? { try source?.tensor(named: name) }

  func make(
    _ name: String, storedName: String, shape: [Int], initializer: Initializer?
  ) throws -> Parameter {
    let location = source.map { FileLocation(path: $0.path, item: storedName) }
    let tensor: Tensor
    if let stored = try stored(storedName) {
      guard stored.shape == shape else {
        throw ModuleError(
          .wrongShape,
          "The model's configuration asks for shape \(shape); the file has \(stored.shape). The weights belong to another configuration.",
          at: location)
      }
      tensor =
        stored.dtype.isFloatingPoint && stored.dtype != .float32
        ? try stored.to(.float32) : stored
    } else if let initializer {
      tensor = try initializer.tensor(shape)
      initializedNames.append(name)
    } else {
      throw ModuleError(
        .missingTensor,
        "The model needs a tensor of shape \(shape) under this name and the file has none. The weights are incomplete or belong to another architecture.",
        at: location)
    }
    let parameter = try Parameter(name: name, storedName: storedName, tensor: tensor)
    parameters.append(parameter)
    return parameter
  }
}

import Foundation
import SparrowCore
public import SparrowTensor

/// Adam with decoupled weight decay (Loshchilov & Hutter 2019), over groups of parameters.
///
/// One step, with gradient `g` and rate `r` (the group's rate times the schedule's factor):
///
///     p ← p · (1 - r · decay)
///     m ← β₁ m + (1 - β₁) g        v ← β₂ v + (1 - β₂) g²
///     p ← p - r · m / (1 - β₁ᵗ) / (√v / √(1 - β₂ᵗ) + ε)
///
/// All tensors of a group are updated in one fused call. Parameters without a gradient are left
/// alone, decay included, and their step count `t` stands still.
public final class AdamW {
  /// Settings that all groups share.
  public struct Configuration: Sendable, Hashable {
    /// Decay of the first moment, 0.9 by default.
    public var beta1: Double
    /// Decay of the second moment, 0.999 by default.
    public var beta2: Double
    /// Added to the denominator, 1e-8 by default.
    public var epsilon: Double

    /// Makes settings; the defaults are the reference's.
    public init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) {
      self.beta1 = beta1
      self.beta2 = beta2
      self.epsilon = epsilon
    }
  }

  /// The groups in order.
  public let groups: [ParameterGroup]
  /// Settings that all groups share.
  public let configuration: Configuration

  private struct Moments {
    let first: Tensor
    let second: Tensor
    /// How many steps were done, a float32 scalar.
    let step: Tensor
  }
  private var moments: [ObjectIdentifier: Moments] = [:]

  /// Makes an optimiser without history.
  ///
  /// - Throws: ``ModuleError`` when a parameter is in two groups or a setting is out of range.
  public init(
    groups: [ParameterGroup], configuration: Configuration = Configuration()
  ) throws(ModuleError) {
    var seen: Set<ObjectIdentifier> = []
    for member in groups.flatMap(\.parameters)
    where !seen.insert(ObjectIdentifier(member.parameter)).inserted {
      throw ModuleError(
        .invalidConfiguration,
        "The parameter '\(member.name)' is in two groups; each belongs in one.")
    }
    for beta in [configuration.beta1, configuration.beta2] where !(0..<1).contains(beta) {
      throw ModuleError(
        .invalidConfiguration, "AdamW's betas must lie in 0..<1; found \(beta).")
    }
    guard configuration.epsilon >= 0, configuration.epsilon.isFinite else {
      throw ModuleError(
        .invalidConfiguration,
        "AdamW's epsilon must be a number from 0; found \(configuration.epsilon).")
    }
    self.groups = groups
    self.configuration = configuration
  }

  /// All parameters in the order of the groups.
  public var parameters: [NamedParameter] { groups.flatMap(\.parameters) }

  /// Updates every parameter that has a gradient; each group's learning rate is multiplied by
  /// `factor`, which a schedule gives.
  public func step(factor: Double) throws(TensorError) {
    for group in groups {
      var tensors: [Tensor] = []
      var gradients: [Tensor] = []
      var histories: [Moments] = []
      for parameter in group.parameters.map(\.parameter) {
        guard let gradient = parameter.tensor.gradient else { continue }
        tensors.append(parameter.tensor)
        gradients.append(gradient)
        histories.append(try history(of: parameter))
      }
      guard !tensors.isEmpty else { continue }
      try FusedUpdate.adamW(
        parameters: tensors, gradients: gradients, firstMoments: histories.map(\.first),
        secondMoments: histories.map(\.second), steps: histories.map(\.step),
        learningRate: group.learningRate * factor, beta1: configuration.beta1,
        beta2: configuration.beta2, weightDecay: group.weightDecay,
        epsilon: configuration.epsilon)
      for member in group.parameters { member.parameter.invalidate() }
    }
  }

  /// Drops all gradients.
  public func clearGradients() throws(TensorError) {
    for group in groups {
      for member in group.parameters { try member.parameter.tensor.clearGradient() }
    }
  }

  private func history(of parameter: Parameter) throws(TensorError) -> Moments {
    if let known = moments[ObjectIdentifier(parameter)] { return known }
    let tensor = parameter.tensor
    let made = Moments(
      first: try zeros(like: tensor), second: try zeros(like: tensor),
      step: try Tensor.zeros([]))
    moments[ObjectIdentifier(parameter)] = made
    return made
  }

  private func zeros(like tensor: Tensor) throws(TensorError) -> Tensor {
    try Tensor.zeros(tensor.shape, dtype: tensor.dtype).to(tensor.device)
  }
}

extension AdamW {
  /// The history as named tensors: `first_moment.`, `second_moment.` and `step.` before each
  /// parameter's name; parameters that never had a gradient are absent.
  public var state: [(name: String, tensor: Tensor)] {
    var state: [(name: String, tensor: Tensor)] = []
    for member in parameters {
      guard let history = moments[ObjectIdentifier(member.parameter)] else { continue }
      state.append(("first_moment." + member.name, history.first))
      state.append(("second_moment." + member.name, history.second))
      state.append(("step." + member.name, history.step))
    }
    return state
  }

  /// Continues from a saved ``state``, which is copied.
  ///
  /// - Throws: ``ModuleError`` when the file lacks a part of a parameter's history, has one of
  ///   another shape, or has one for an unknown parameter; the file's own errors.
  public func restore(from file: SafetensorsFile) throws {
    var restored: [ObjectIdentifier: Moments] = [:]
    var unknown = Set(file.entries.map(\.name))
    for member in parameters {
      let tensor = member.parameter.tensor
      let names = ["first_moment.", "second_moment.", "step."].map { $0 + member.name }
      guard names.contains(where: { file.entry($0) != nil }) else { continue }
      let shapes = [tensor.shape, tensor.shape, []]
      for (name, shape) in zip(names, shapes) {
        unknown.remove(name)
        let found = file.entry(name)?.shape
        guard found == shape else {
          throw ModuleError(
            found == nil ? .missingTensor : .wrongShape,
            "The optimiser needs a tensor of shape \(shape) under this name; the file has \(found.map { "shape \($0)" } ?? "none"). The checkpoint belongs to another model.",
            at: FileLocation(path: file.url.path, item: name))
        }
      }
      restored[ObjectIdentifier(member.parameter)] = Moments(
        first: try file.tensor(names[0]).cloned().to(tensor.device),
        second: try file.tensor(names[1]).cloned().to(tensor.device),
        step: try file.tensor(names[2]).cloned())
    }
    if let name = unknown.min() {
      throw ModuleError(
        .invalidConfiguration,
        "The file has optimiser state for a parameter that this model does not train. The checkpoint belongs to another model or another choice of frozen parameters.",
        at: FileLocation(path: file.url.path, item: name))
    }
    moments = restored
  }
}

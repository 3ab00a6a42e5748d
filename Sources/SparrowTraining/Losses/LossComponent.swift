public import SparrowTensor

/// A named part of a loss; the parts of a batch are summed and each is logged.
public struct LossComponent {
  /// The part's name in logs, for example `base_loss`.
  public let name: String
  /// Its value, a tensor without dimensions.
  public let value: Tensor

  /// Makes a part.
  public init(name: String, value: Tensor) {
    self.name = name
    self.value = value
  }
}

extension [LossComponent] {
  /// The sum of all parts.
  func total() throws -> Tensor {
    guard let first else {
      throw TrainingError(.invalidShape, "A loss needs at least one part; there is none.")
    }
    return try dropFirst().reduce(first.value) { try $0 + $1.value }
  }
}

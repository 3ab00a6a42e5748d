public import SparrowTensor

/// Several penalties at once, each with a share: for example FLOPS, which evens out posting lists,
/// with a little L1, which also shortens vectors whose terms are rare.
///
/// ```swift
/// let joint = try JointRegularizer([(FlopsLoss(), 1), (L1Loss(), 0.01)])
/// ```
public struct JointRegularizer: EmbeddingRegularizer {
  /// A penalty and what it is multiplied by.
  public struct Part {
    /// The penalty.
    public let regularizer: any EmbeddingRegularizer
    /// What it is multiplied by, from 0.
    public let share: Double
  }

  /// The penalties in order.
  public let parts: [Part]

  /// The names of the penalties in order: `FlopsLoss+L1Loss`.
  public var name: String { parts.map(\.regularizer.name).joined(separator: "+") }
  /// The first penalty's threshold.
  public var threshold: Int? { parts[0].regularizer.threshold }

  /// Puts penalties together.
  ///
  /// - Throws: ``TrainingError/Code/invalidArgument`` when there is none, or a share is negative or
  ///   not finite.
  public init(
    _ parts: [(regularizer: any EmbeddingRegularizer, share: Double)]
  ) throws(TrainingError) {
    guard !parts.isEmpty, parts.allSatisfy({ $0.share >= 0 && $0.share.isFinite }) else {
      throw TrainingError(
        .invalidArgument,
        "Penalties together need at least one, each with a share from 0; found \(parts.map { "\($0.regularizer.name): \($0.share)" })."
      )
    }
    self.parts = parts.map { Part(regularizer: $0.regularizer, share: $0.share) }
  }

  /// The weighted sum of the penalties; see ``EmbeddingRegularizer/callAsFunction(_:)``.
  public func callAsFunction(_ pieces: [Tensor]) throws -> Tensor {
    var total = try parts[0].regularizer(pieces) * parts[0].share
    for part in parts.dropFirst() { total = try total + part.regularizer(pieces) * part.share }
    return total
  }
}

public import SparrowCore
public import SparrowModels
public import SparrowNN
import SparrowTensor

/// A loss that runs an encoder over a batch and leaves gradients in its parameters.
///
/// ``SpladeLoss`` is the usual one. It is a class because regulariser weights change during a run.
public protocol TrainingLoss: AnyObject {
  /// The name in recipes and logs, which is the reference's class name.
  var name: String { get }
  /// The columns and labels it needs.
  var requirement: ColumnRequirement { get }
  /// Its settings as a recipe has them, with `name`.
  var options: JSONObject { get }

  /// Computes the loss of a batch and, unless only its value is wanted, adds its gradients to those
  /// of the encoder's parameters.
  func run(_ batch: TrainingBatch, in context: LossContext) throws -> LossReport
}

/// A loss around another one over embeddings.
public protocol WrappingLoss: AnyObject {
  /// What is to be learned.
  var base: any EmbeddingLoss { get }
}

extension TrainingLoss {
  /// The name alone.
  public var options: JSONObject { JSONObject([("name", .string(name))]) }
}

/// What a loss is computed with.
public struct LossContext {
  /// The encoder.
  public let encoder: any TrainableEncoder
  /// The number format of forward and backward passes.
  public let precision: ComputePrecision
  /// What is dropped; nil in evaluation, where nothing is.
  public let dropout: DropoutStream?
  /// What gradients are multiplied by; nil wants the value only.
  public let gradientFactor: Double?
  /// Whether ``LossReport/columns`` is wanted, which costs a pass over the embeddings.
  public let wantsStatistics: Bool

  /// Makes a context.
  public init(
    encoder: any TrainableEncoder, precision: ComputePrecision = .float32,
    dropout: DropoutStream? = nil, gradientFactor: Double?, wantsStatistics: Bool = false
  ) {
    self.encoder = encoder
    self.precision = precision
    self.dropout = dropout
    self.gradientFactor = gradientFactor
    self.wantsStatistics = wantsStatistics
  }
}

/// What a loss found for one batch.
public struct LossReport: Sendable, Hashable {
  /// A named part of the loss.
  public struct Part: Sendable, Hashable {
    /// The part's name in logs, for example `base_loss`.
    public let name: String
    /// Its value.
    public let value: Double

    /// Makes a part.
    public init(name: String, value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// The parts in order.
  public var parts: [Part]
  /// Their sum.
  public var total: Double
  /// How sparse each column's embeddings are; empty unless asked for.
  public var columns: [EmbeddingStatistics] = []
  /// How many dimensions a text of the first column and one of the others share on average, which is
  /// the work of comparing them; nil unless asked for.
  public var averageFLOPS: Double?

  /// Makes a report.
  public init(parts: [Part], total: Double) {
    self.parts = parts
    self.total = total
  }

  /// Makes the report of a loss's parts and their sum.
  init(_ components: [LossComponent], total: Tensor) throws {
    self.init(
      parts: try components.map { Part(name: $0.name, value: try $0.value.item()) },
      total: try total.item())
  }
}

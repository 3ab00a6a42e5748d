public import SparrowCore

/// An error of training: of its settings, its data, its losses or its checkpoints.
public struct TrainingError: SparrowError, Hashable {
  /// What went wrong, for callers that act on it.
  public enum Code: Sendable, Hashable {
    /// A setting is unknown, out of range or contradicts another.
    case invalidArgument
    /// The dataset does not fit the loss.
    case invalidDataset
    /// Embeddings or labels given to a loss do not have the shape it needs.
    case invalidShape
    /// A checkpoint is incomplete or belongs to another run.
    case invalidCheckpoint
    /// A checkpoint that was asked for is not there.
    case missingCheckpoint
    /// A file could not be written or read.
    case inputOutput
    /// The loss or the gradients became infinite or not a number.
    case diverged
    /// The run was cancelled; a checkpoint has been written.
    case cancelled
  }

  /// What went wrong.
  public let code: Code
  /// What was expected, what was found, and what to do next.
  public let message: String
  /// The place in a file, when there is one.
  public let location: FileLocation?

  /// Makes an error.
  public init(_ code: Code, _ message: String, at location: FileLocation? = nil) {
    self.code = code
    self.message = message
    self.location = location
  }

  /// What kind of failure this is.
  public var category: ErrorCategory {
    switch code {
    case .invalidArgument: .usage
    case .invalidDataset, .invalidShape, .invalidCheckpoint: .invalidData
    case .missingCheckpoint: .missing
    case .inputOutput: .inputOutput
    case .cancelled: .cancelled
    case .diverged: .failure
    }
  }
}

extension TrainingError: SettingsError {
  package init(setting message: String) { self.init(.invalidArgument, message) }
}

/// Reads the keys of training recipes.
typealias SettingsReader = SparrowCore.SettingsReader<TrainingError>

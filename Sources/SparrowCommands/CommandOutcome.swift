import ArgumentParser
import SparrowCore

/// The exit codes of `sparrow`; they are decided here and nowhere else.
enum CommandOutcome: Int32 {
  case success = 0
  /// The command could not do what was asked.
  case failure = 1
  /// The command was used wrongly: an unknown option, a value that makes no sense.
  case usage = 2
  /// A file, a folder or a model is not there.
  case missing = 3
  /// Ctrl-C ended the command.
  case interrupted = 130
  /// Another process asked the command to end.
  case terminated = 143

  /// The exit code for an error that ended a command.
  init(_ error: any Error) {
    switch error {
    case is BrokenPipe: self = .success
    case is CancellationError: self = .interrupted
    case let error as any SparrowError:
      switch error.category {
      case .usage: self = .usage
      case .missing: self = .missing
      case .cancelled: self = .interrupted
      case .invalidData, .inputOutput, .failure: self = .failure
      }
    default:
      switch SparrowCommand.exitCode(for: error) {
      case .success: self = .success
      case .validationFailure: self = .usage
      default: self = .failure
      }
    }
  }
}

import Synchronization

/// Asks a run to end from another thread, for example when Ctrl-C is pressed.
///
/// The run finishes its step, writes a checkpoint and throws ``TrainingError/Code/cancelled``.
/// Cancelling the task that trains has the same effect.
public final class TrainingCancellation: Sendable {
  private let flag = Atomic(false)

  /// Makes a cancellation that has not been asked for.
  public init() {}

  /// Asks the run to end.
  public func cancel() { flag.store(true, ordering: .relaxed) }

  /// Whether the run was asked to end.
  public var isCancelled: Bool { flag.load(ordering: .relaxed) }
}

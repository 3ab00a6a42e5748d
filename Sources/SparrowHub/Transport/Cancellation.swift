import Dispatch
import Synchronization

/// Tells work on several threads that its caller does not want it any more.
final class Cancellation: Sendable {
  private let flag = Atomic(false)

  /// Makes the work stop soon.
  func cancel() { flag.store(true, ordering: .relaxed) }

  /// Whether the work is to stop.
  var isCancelled: Bool { flag.load(ordering: .relaxed) || Task.isCancelled }

  /// Stops work that is cancelled.
  func check() throws(HubError) {
    if isCancelled { throw .cancelled }
  }

  /// Waits until a group of work is done, or calls `stop` once and goes on waiting.
  func wait(for group: DispatchGroup, orElse stop: () -> Void) {
    var hasStopped = false
    while group.wait(timeout: .now() + .milliseconds(50)) == .timedOut {
      guard isCancelled, !hasStopped else { continue }
      hasStopped = true
      stop()
    }
  }
}

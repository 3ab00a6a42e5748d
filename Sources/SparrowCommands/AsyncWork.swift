import Dispatch
import Synchronization

/// Asynchronous work that a command starts, goes on beside, and waits for: commands are synchronous.
///
/// It runs on threads of its own and may block them, so it never holds up anybody else's tasks.
struct AsyncWork<Success: Sendable>: Sendable {
  private final class Outcome: Sendable {
    let result = Mutex<Result<Success, any Error>?>(nil)
    let group = DispatchGroup()
  }

  private let outcome = Outcome()
  private let task: Task<Void, Never>

  /// How often waiting looks whether the command was cancelled.
  private static var waitTime: DispatchTimeInterval { .milliseconds(50) }

  /// Starts the work.
  init(_ body: @escaping @Sendable () async throws -> Success) {
    let executor = QueueExecutor()
    outcome.group.enter()
    task = Task(executorPreference: executor) { [outcome] in
      var result: Result<Success, any Error>
      do {
        result = .success(try await body())
      } catch {
        result = .failure(error)
      }
      outcome.result.withLock { [result] in $0 = result }
      withExtendedLifetime(executor) { outcome.group.leave() }
    }
  }

  /// Asks the work to end.
  func cancel() { task.cancel() }

  /// Waits for the end; when the command is cancelled, so is the work.
  ///
  /// - Throws: what the work throws.
  @discardableResult
  func wait() throws -> Success {
    while outcome.group.wait(timeout: .now() + Self.waitTime) == .timedOut {
      if Task.isCancelled { task.cancel() }
    }
    guard let result = outcome.result.withLock({ $0 }) else {
      preconditionFailure("the group is left only after the result is set")
    }
    return try result.get()
  }
}

/// Runs tasks on the threads of a queue, as many as are wanted.
private final class QueueExecutor: TaskExecutor {
  private let queue = DispatchQueue(label: "sparrow.commands.async", attributes: .concurrent)

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}

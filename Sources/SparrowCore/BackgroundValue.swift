package import Dispatch
import Synchronization

/// A value that another thread computes while this one goes on.
package final class BackgroundValue<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, any Error>?>(nil)
  private let group = DispatchGroup()

  /// Begins to compute a value.
  ///
  /// - Parameters:
  ///   - queue: where it is computed, after what the queue has to do already when it is serial.
  ///   - make: computes it.
  package init(on queue: DispatchQueue, _ make: @escaping @Sendable () throws -> Value) {
    queue.async(group: group) {
      let made = Result { try make() }
      self.result.withLock { $0 = made }
    }
  }

  /// Waits until the value is there.
  ///
  /// - Throws: what computing it threw.
  package func wait() throws -> Value {
    group.wait()
    guard let value = result.withLock({ $0 }) else {
      preconditionFailure("the group is left only after the result is set")
    }
    return try value.get()
  }
}

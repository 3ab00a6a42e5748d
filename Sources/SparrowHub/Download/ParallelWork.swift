import Dispatch

/// Does work on several threads that mostly wait.
enum ParallelWork {
  private struct State {
    var next = 0
    var failure: HubError?
  }

  /// Calls `body` for each element; the first failure stops the others and is thrown.
  ///
  /// - Parameters:
  ///   - elements: what there is to do; taken in order.
  ///   - threadCount: how many are worked on at a time.
  ///   - cancellation: is set by a failure and by the caller's task.
  ///   - body: does one.
  /// - Throws: the first failure.
  static func forEach<Element: Sendable>(
    _ elements: [Element], threadCount: Int, _ cancellation: Cancellation,
    _ body: @escaping @Sendable (Element) throws(HubError) -> Void
  ) throws(HubError) {
    let state = Guarded(State())
    let group = DispatchGroup()
    let queue = DispatchQueue(label: "sparrow.hub", attributes: .concurrent)
    for _ in 0..<min(max(1, threadCount), elements.count) {
      queue.async(group: group) {
        while true {
          let index = state.update { state in
            defer { state.next += 1 }
            return state.next
          }
          guard index < elements.count, !cancellation.isCancelled else { return }
          do throws(HubError) {
            try body(elements[index])
          } catch {
            state.update { $0.failure = $0.failure ?? error }
            cancellation.cancel()
          }
        }
      }
    }
    cancellation.wait(for: group) { cancellation.cancel() }
    if let failure = state.update({ $0.failure }) { throw failure }
    try cancellation.check()
  }
}

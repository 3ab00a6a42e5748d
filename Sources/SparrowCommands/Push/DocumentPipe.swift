import Foundation
import SparrowEngines

/// Hands documents from the thread that encodes them to the one that loads them.
///
/// Both wait: the sender while two windows are waiting to be taken, the receiver while there is none.
final class DocumentPipe: @unchecked Sendable {  // All variables are guarded by `condition`.
  /// A document and how many of the input are read with it.
  struct Entry: Sendable {
    let document: EngineDocument
    let readCount: Int
  }

  private let condition = NSCondition()
  private var windows: [[Entry]] = []
  private var isFinished = false
  private var isClosed = false

  private static let windowLimit = 2
  /// How often waiting looks whether somebody has ended the work.
  private static let waitSeconds = 0.1

  /// Hands over documents.
  ///
  /// - Returns: false when nobody takes documents any more.
  /// - Throws: `CancellationError` when the task was cancelled.
  func send(_ window: [Entry]) throws -> Bool {
    condition.lock()
    defer { condition.unlock() }
    while windows.count >= Self.windowLimit, !isClosed {
      _ = condition.wait(until: Date(timeIntervalSinceNow: Self.waitSeconds))
      try Task.checkCancellation()
    }
    guard !isClosed else { return false }
    windows.append(window)
    condition.broadcast()
    return true
  }

  /// Says that there are no more documents.
  func finish() {
    condition.withLock {
      isFinished = true
      condition.broadcast()
    }
  }

  /// Says that nobody takes documents any more.
  func close() {
    condition.withLock {
      isClosed = true
      condition.broadcast()
    }
  }

  /// Takes documents, nil at the end.
  ///
  /// - Throws: `CancellationError` when the task was cancelled.
  func receive() throws -> [Entry]? {
    condition.lock()
    defer { condition.unlock() }
    while windows.isEmpty, !isFinished {
      _ = condition.wait(until: Date(timeIntervalSinceNow: Self.waitSeconds))
      try Task.checkCancellation()
    }
    guard !windows.isEmpty else { return nil }
    let window = windows.removeFirst()
    condition.broadcast()
    return window
  }
}

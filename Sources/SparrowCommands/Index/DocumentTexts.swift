import SparrowCore
import SparrowRetrieval

/// The texts of documents as a sequence, which ends where reading them fails.
final class DocumentTexts: Sequence, IteratorProtocol {
  private let nextWindow: (_ count: Int) throws -> [CollectionDocument]
  private var window: ArraySlice<CollectionDocument> = []
  private var failure: (any Error)?

  private static let windowDocumentCount = 1024

  /// Makes a sequence of documents that a function returns in windows, none at the end.
  init(
    _ nextWindow: @escaping (_ count: Int) throws -> [CollectionDocument]
  ) {
    self.nextWindow = nextWindow
  }

  func next() -> String? {
    if window.isEmpty, failure == nil {
      do {
        window = try nextWindow(Self.windowDocumentCount)[...]
      } catch {
        failure = error
      }
    }
    return window.popFirst()?.document.content
  }

  /// Throws what ended the reading before the end.
  func throwFailure() throws {
    if let failure { throw failure }
  }
}

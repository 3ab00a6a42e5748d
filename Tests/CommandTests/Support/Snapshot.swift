import Foundation
import SparrowTestSupport
import Testing

/// Compares text with a file of `Tests/Fixtures/snapshots`.
///
/// With `SPARROW_RECORD=1` the file is written anew and the test fails, so that the difference gets
/// looked at.
func expectSnapshot(
  _ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let file = Fixtures.url("snapshots/\(name).txt")
  guard ProcessInfo.processInfo.environment["SPARROW_RECORD"] == nil else {
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    Issue.record("wrote \(file.path); look at the difference", sourceLocation: sourceLocation)
    return
  }
  let expected = (try? String(contentsOf: file, encoding: .utf8)) ?? "(no snapshot)"
  #expect(
    text == expected, "SPARROW_RECORD=1 writes \(name).txt anew", sourceLocation: sourceLocation)
}

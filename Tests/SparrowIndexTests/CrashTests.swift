import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@testable import IndexCrashChild
@testable import SparrowIndex

/// Kills a process that changes an index, over and over, and looks at what is left.
///
/// `SPARROW_CRASH_COUNT` sets how often (12 by default).
@Suite struct CrashTests {
  /// The program that is killed; it lies beside the tests.
  private func childURL() throws -> URL {
    let start = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    let places = [start, Bundle.main.bundleURL, Bundle.main.bundleURL.deletingLastPathComponent()]
    let found = places.map { $0.appendingPathComponent("IndexCrashChild") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    return try #require(found, "IndexCrashChild is not beside \(start.path)")
  }

  /// Runs the child for a while, kills it, and returns how many changes it had confirmed.
  private func runAndKill(_ folder: URL, seed: UInt64, first: Int, after: Double) throws -> Int {
    let child = Process()
    let output = Pipe()
    child.executableURL = try childURL()
    child.arguments = [folder.path, String(seed), String(first)]
    child.standardOutput = output
    try child.run()
    Thread.sleep(forTimeInterval: after)
    #expect(child.isRunning, "the child ended by itself")
    kill(child.processIdentifier, SIGKILL)
    let confirmed = output.fileHandleForReading.readDataToEndOfFile().count
    child.waitUntilExit()
    return confirmed
  }

  @Test func `killed at any moment, an index has every confirmed change and no half of another`()
    throws
  {
    let setting = ProcessInfo.processInfo.environment["SPARROW_CRASH_COUNT"]
    let count = setting.flatMap(Int.init) ?? 12
    let seed: UInt64 = 20_26
    try Fixtures.withTemporaryFolder { folder in
      try IndexWriter(creatingAt: folder, dimension: IndexCrashChild.dimension).close()
      var random = MersenneTwister(seed: seed)
      var changes = IndexCrashChild.changes(seed: seed)
      var expected = ExpectedIndex(dimension: IndexCrashChild.dimension, precision: .float16)
      var done = 0
      for round in 0..<count {
        let time = 0.02 + Double(random.next() % 1000) / 1000 * 0.25
        let confirmed = try runAndKill(folder, seed: seed, first: done, after: time)
        for _ in 0..<confirmed { try expected.perform(try changes.next()) }
        done += confirmed
        // The change that was being made may have been recorded before it was confirmed.
        var ahead = changes
        var withNext = expected
        try withNext.perform(try ahead.next())
        let reader = try IndexReader(openingAt: folder)
        let ids = try reader.snapshot().identifiers()
        if try withNext.equals(reader.snapshot()), try !expected.equals(reader.snapshot()) {
          (expected, changes, done) = (withNext, ahead, done + 1)
        }
        #expect(ids == expected.documents.keys.sorted(), "round \(round)")
        let queries = [try ahead.query(), try ahead.query()]
        try expected.expectEqual(
          try reader.snapshot(), queries: queries, "round \(round), \(done) changes")
      }
      #expect(done > 0, "no change was ever confirmed")
      let writer = try IndexWriter(openingAt: folder)
      try expected.expectEqual(try writer.snapshot(), queries: [], "at the end")
      try writer.close()
      #expect(try IndexVerifier.verify(at: folder).problems == [])
    }
  }
}

import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@testable import IndexCrashChild
@testable import SparrowIndex

/// Changes files of an index at random and expects an error or the right answer.
///
/// `SPARROW_MUTATION_COUNT` sets how often (150 for each kind of index by default).
@Suite struct DamageTests {
  private static let dimension = 80
  private static let configuration = IndexWriterConfiguration(
    mergeFactor: 2, compactsInBackground: false)

  /// The files of an index, its contents after each change, and queries.
  private struct Sample {
    var files: [String: [UInt8]] = [:]
    /// What the index may hold: all of it, or what is left when its log was cut off.
    var states: [ExpectedIndex] = []
    var queries: [SparseVector] = []
  }

  private func makeSample(isClosed: Bool) throws -> Sample {
    try Fixtures.withTemporaryFolder { folder in
      var changes = RandomChanges(seed: 21, dimension: Self.dimension, identifierCount: 60)
      var expected = ExpectedIndex(dimension: Self.dimension, precision: .float16)
      var sample = Sample()
      let writer = try IndexWriter(
        creatingAt: folder, dimension: Self.dimension, configuration: Self.configuration)
      for step in 0..<24 {
        let change = try changes.next()
        try writer.perform(change)
        try expected.perform(change)
        if step == 8 || step == 14 {
          try writer.flush()
          sample.states.removeAll()
        }
        sample.states.append(expected)
      }
      if isClosed {
        try writer.close()
        sample.states = [expected]
      }
      for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
      where name != IndexFolder.lock {
        sample.files[name] = try FileContents.read(folder.path + "/" + name)
      }
      sample.queries = [try changes.query(), try changes.query(), try changes.query()]
      return sample
    }
  }

  /// One random change of a file: a flipped bit, a zeroed or random stretch, a cut, an added byte.
  private func mutate(_ bytes: [UInt8], _ generator: inout MersenneTwister) -> [UInt8] {
    var changed = bytes
    func place(_ limit: Int) -> Int { Int(generator.next()) % max(1, limit) }
    let start = place(bytes.count)
    let stretch = start..<min(bytes.count, start + 1 + place(300))
    switch generator.next() % 6 {
    case 0, 1: changed[start] ^= 1 << UInt8(place(8))
    case 2: for position in stretch { changed[position] = 0 }
    case 3:
      for position in stretch {
        changed[position] = UInt8(truncatingIfNeeded: generator.next())
      }
    case 4: changed.removeLast(bytes.count - start)
    default: changed.append(UInt8(place(256)))
    }
    return changed
  }

  @Test(arguments: [true, false])
  func `a damaged file gives an error or the right answer`(isClosed: Bool) throws {
    let setting = ProcessInfo.processInfo.environment["SPARROW_MUTATION_COUNT"]
    let count = setting.flatMap(Int.init) ?? 150
    let sample = try makeSample(isClosed: isClosed)
    #expect(sample.files.keys.contains { $0.hasPrefix("deletions") })
    #expect(sample.files.keys.contains { $0.hasPrefix("log") } == !isClosed)
    let names = sample.files.keys.sorted()
    var generator = MersenneTwister(seed: 77)
    var errorCount = 0
    for round in 0..<count {
      let name = names[round % names.count]
      let bytes = mutate(sample.files[name] ?? [], &generator)
      try Fixtures.withTemporaryFolder { folder in
        for (other, contents) in sample.files {
          let data = Data(other == name ? bytes : contents)
          try data.write(to: folder.appendingPathComponent(other))
        }
        let isLog = name.hasPrefix("log")
        do {
          let snapshot = try IndexReader(openingAt: folder).snapshot()
          let ids = try snapshot.identifiers()
          // A log that was cut off looks like one whose last changes were never made.
          let state = try sample.states.last { try $0.equals(snapshot) }
          #expect(state != nil, "round \(round), \(name): \(ids.count) documents")
          if !isLog { #expect(state?.documents == sample.states.last?.documents) }
          try state?.expectEqual(snapshot, queries: sample.queries, "round \(round), \(name)")
        } catch is IndexError {
          errorCount += 1
          if !isLog {
            let report = try? IndexVerifier.verify(at: folder)
            #expect(report?.isSound != true, "round \(round), \(name)")
          }
        }
        // Without checksums an answer may be wrong, but nothing may crash.
        searchQuickly(folder, sample.queries)
      }
    }
    #expect(errorCount > count / 2)
  }

  private func searchQuickly(_ folder: URL, _ queries: [SparseVector]) {
    guard let reader = try? IndexReader(openingAt: folder, verification: .quick),
      let snapshot = try? reader.snapshot()
    else { return }
    for query in queries {
      _ = try? snapshot.search(query, options: SearchOptions(count: 100))
      _ = try? snapshot.search(
        query, options: SearchOptions(filter: .not(.keyword("kind", is: "k1"))))
    }
    _ = try? snapshot.count(where: .number("size", from: 10, upTo: 50))
    for id in (try? snapshot.identifiers()) ?? [] { _ = try? snapshot.document(id) }
  }

  @Test func `a damaged log can be cut off on request`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let sample = try makeSample(isClosed: false)
      let log = try #require(sample.files.keys.first { $0.hasPrefix("log") })
      for (name, contents) in sample.files {
        var bytes = contents
        // Behind the head of the first record.
        if name == log { bytes[LogFormat.headerSize + LogFormat.headSize + 9] ^= 4 }
        try Data(bytes).write(to: folder.appendingPathComponent(name))
      }
      let error = #expect(throws: IndexError.self) { try IndexWriter(openingAt: folder) }
      #expect(error?.message.contains("byte \(LogFormat.headerSize)") == true)
      var configuration = Self.configuration
      configuration.recovery = .discardDamagedLog
      let writer = try IndexWriter(openingAt: folder, configuration: configuration)
      try writer.close()
      #expect(try IndexVerifier.verify(at: folder).isSound)
    }
  }
}

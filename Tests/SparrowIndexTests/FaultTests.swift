import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@testable import IndexCrashChild
@testable import SparrowIndex

/// Makes every single write, flush, rename and removal go wrong, one after the other, in each of
/// three ways, and looks at the index afterwards.
@Suite struct FaultTests {
  private static let dimension = 60
  private static let configuration = IndexWriterConfiguration(
    durability: .everyWrite, flushByteCount: 3500, mergeFactor: 2, compactsInBackground: false)

  /// What is done to the index: changes, with a merge and a reopening in between.
  private enum Step {
    case change(RandomChanges.Change)
    case compact
    case reopen
  }

  private func steps() throws -> [Step] {
    var changes = RandomChanges(seed: 5, dimension: Self.dimension, identifierCount: 40)
    var steps: [Step] = []
    for number in 0..<10 {
      steps.append(.change(try changes.next()))
      if number == 4 || number == 8 { steps.append(.compact) }
      if number == 6 { steps.append(.reopen) }
    }
    return steps
  }

  @Test(arguments: FaultyFileSystem.Fault.allCases)
  func `whatever fails, confirmed changes stay and others are whole or absent`(
    _ fault: FaultyFileSystem.Fault
  ) throws {
    let steps = try steps()
    var position = 0
    var isReached = true
    while isReached {
      isReached = try Fixtures.withTemporaryFolder { folder in
        try run(steps, in: folder, fault: fault, position: position)
      }
      position += 1
    }
    #expect(position > 60, "only \(position) operations were tried")
  }

  /// Runs the steps with one fault and checks what is left; false when the fault did not happen.
  private func run(
    _ steps: [Step], in folder: URL, fault: FaultyFileSystem.Fault, position: Int
  ) throws -> Bool {
    let files = FaultyFileSystem(fault, at: position)
    let sound = FaultyFileSystem(.error, at: .max)
    let comment: Comment = "\(fault) at operation \(position)"
    try IndexWriter(
      creatingAt: folder, dimension: Self.dimension, precision: .float32,
      configuration: Self.configuration, files: sound
    ).close()
    try files.adopt(folder)
    var expected = ExpectedIndex(dimension: Self.dimension, precision: .float32)
    // After a fault the index is opened again as a new process would.
    var system = files
    var writer: IndexWriter? = try open(folder, files)
    for step in steps {
      var withStep = expected
      if case .change(let change) = step { try withStep.perform(change) }
      do {
        try perform(step, &writer, folder, system)
        expected = withStep
      } catch {
        // The step was not confirmed: the index may have it or not.
        try? writer?.close()
        writer = nil
        try files.loseWhatWasNotFlushed(folder)
        system = sound
        let reopened = try open(folder, sound)
        if try withStep.equals(reopened.snapshot()) { expected = withStep }
        try expected.expectEqual(try reopened.snapshot(), queries: [], comment)
        writer = reopened
      }
    }
    let query = try SparseVector(dimension: Self.dimension, indices: [0, 3], values: [1, 2])
    try? writer?.close()
    writer = nil
    try files.loseWhatWasNotFlushed(folder, unless: system === sound)
    let last = try open(folder, sound)
    try expected.expectEqual(try last.snapshot(), queries: [query], comment)
    try last.close()
    let report = try IndexVerifier.verify(at: folder)
    #expect(report.problems == [], comment)
    let manifest = try Manifest(in: IndexFolder(folder))
    #expect(IndexFolder(folder).leftovers(inUse: manifest.files) == [], comment)
    return files.hasHappened
  }

  private func open(_ folder: URL, _ files: FaultyFileSystem) throws(IndexError) -> IndexWriter {
    try IndexWriter(openingAt: folder, configuration: Self.configuration, files: files)
  }

  private func perform(
    _ step: Step, _ writer: inout IndexWriter?, _ folder: URL, _ files: FaultyFileSystem
  ) throws(IndexError) {
    switch step {
    case .change(let change): try writer?.perform(change)
    case .compact: try writer?.compact()
    case .reopen:
      try writer?.close()
      writer = nil
      writer = try open(folder, files)
    }
  }
}

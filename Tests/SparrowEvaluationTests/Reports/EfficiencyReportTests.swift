import SparrowCore
import SparrowEvaluation
import SparrowTestSupport
import Synchronization
import Testing

@Suite struct EfficiencyReportTests {
  @Test func `figures follow from the weights`() throws {
    let queries = try SparseMatrix(
      columnCount: 4,
      rows: [[1, 0, 2, 0], [0, 0, 3, 0], [0, 0, 0, 0]].map(SparseVector.init(dense:)))
    let documents = try SparseMatrix(
      columnCount: 4,
      rows: [[0, 1, 1, 0], [1, 0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 0]].map(SparseVector.init(dense:)))
    let report = try EfficiencyReport(queries: queries, documents: documents, busiestCount: 2)
    #expect(report.queries.mean == 1)
    #expect(report.queries.maximum == 2)
    #expect(report.documents.mean == 1.25)
    // Shares: dimension 0 is in 1/3 of queries and 1/4 of documents, dimension 2 in 2/3 and 3/4.
    #expect(abs(report.averageFLOPS - (1.0 / 12 + 1.0 / 2)) < 1e-7)
    #expect(report.postings.maximum == 4)
    #expect(report.postings.median == 3)
    #expect(report.busiestDimensions.map(\.index) == [2, 0])
    #expect(report.busiestDimensions[0].documentShare == 0.75)
    #expect(report.unusedDimensionCount == 1)
    #expect(report.emptyVectorCount == 2)
    let json = report.json { "term \($0)" }
    #expect(json["busiest_dimensions"]?.array?.first?["term"] == "term 2")
    #expect(json["query_weights"]?["max"] == 2.0)
  }

  @Test func `quantiles are nearest ranks`() {
    let distribution = EfficiencyReport.Distribution(of: (1...100).map(Double.init).reversed())
    #expect(distribution.median == 50)
    #expect(distribution.percentile95 == 95)
    #expect(distribution.mean == 50.5)
    #expect(EfficiencyReport.Distribution(of: []).median == 0)
  }

  @Test func `vectors of different spaces are refused`() {
    #expect(throws: EvaluationError.self) {
      try EfficiencyReport(
        queries: SparseMatrix(columnCount: 3), documents: SparseMatrix(columnCount: 4))
    }
  }

  @Test func `every text is timed on its own, after warming up`() throws {
    let clock = StepClock()
    let encoder = TableEncoder(
      vectors: ["a": SparseVector(dense: [1]), "b": SparseVector(dense: [2])], dimension: 1)
    let times = try EfficiencyReport.encodingMilliseconds(
      of: encoder, ["a", "b", "a"], warmUpCount: 2, clock: clock)
    #expect(times.mean == 1)
    #expect(clock.readCount == 6)
  }
}

/// A clock on which a millisecond passes with every look at it.
private final class StepClock: Clock {
  struct Instant: InstantProtocol {
    var milliseconds: Int

    func advanced(by duration: Duration) -> Instant {
      Instant(milliseconds: milliseconds + Int(duration / .milliseconds(1)))
    }
    func duration(to other: Instant) -> Duration {
      .milliseconds(other.milliseconds - milliseconds)
    }
    static func < (left: Instant, right: Instant) -> Bool {
      left.milliseconds < right.milliseconds
    }
  }

  private let count = Mutex(0)

  var readCount: Int { count.withLock { $0 } }
  var now: Instant {
    count.withLock {
      $0 += 1
      return Instant(milliseconds: $0)
    }
  }
  var minimumResolution: Duration { .milliseconds(1) }
  func sleep(until deadline: Instant, tolerance: Duration?) async throws {}
}

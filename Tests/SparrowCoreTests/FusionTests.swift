import SparrowCore
import SparrowTestSupport
import Testing

/// Result lists used by the fusion suites.
private enum Lists {
  static func list(_ entries: KeyValuePairs<String, Double>) -> [ScoredDocument] {
    entries.map { ScoredDocument(id: DocumentID($0.key), score: $0.value) }
  }
  static let sparse = list(["a": 10, "b": 6, "c": 2])
  static let dense = list(["c": 0.9, "d": 0.8, "a": 0.4])
}

private func expect(
  _ hits: [FusedDocument], _ expected: KeyValuePairs<String, Double>,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(hits.map(\.id.rawValue) == expected.map(\.key), sourceLocation: sourceLocation)
  for hit in hits {
    #expect(hit.score == hit.contributions.reduce(0, +), sourceLocation: sourceLocation)
  }
  let difference = compare(hits.map(\.score), with: expected.map(\.value), absolute: 1e-12)
  #expect(difference.isWithinTolerance, "\(difference)", sourceLocation: sourceLocation)
}

@Suite struct ReciprocalRankFusionTests {
  @Test func `documents earn one over sixty plus rank in each list`() throws {
    let hits = try ReciprocalRankFusion().fuse([Lists.sparse, Lists.dense], count: 10)
    expect(
      hits,
      ["a": 1 / 61.0 + 1 / 63.0, "c": 1 / 63.0 + 1 / 61.0, "b": 1 / 62.0, "d": 1 / 62.0])
  }

  @Test func `weights and constant scale what a list counts`() throws {
    let fusion = ReciprocalRankFusion(rankConstant: 1, weights: [1, 3])
    let hits = try fusion.fuse([Lists.sparse, Lists.dense], count: 2)
    expect(hits, ["c": 0.25 + 1.5, "a": 0.5 + 0.75])
  }

  @Test func `no lists and empty lists give no documents`() throws {
    #expect(try ReciprocalRankFusion().fuse([], count: 5) == [])
    #expect(try ReciprocalRankFusion().fuse([[], []], count: 5) == [])
    #expect(try ReciprocalRankFusion().fuse([Lists.sparse], count: 0) == [])
  }

  @Test func `wrong settings and repeated documents are refused`() {
    for fusion in [
      ReciprocalRankFusion(weights: [1]), ReciprocalRankFusion(weights: [1, -1]),
      ReciprocalRankFusion(weights: [1, .nan]), ReciprocalRankFusion(rankConstant: -1),
    ] {
      #expect(throws: CoreError.self) {
        try fusion.fuse([Lists.sparse, Lists.dense], count: 3)
      }
    }
    #expect(throws: CoreError.self) {
      try ReciprocalRankFusion().fuse([Lists.sparse + Lists.sparse], count: 3)
    }
  }
}

@Suite struct WeightedSumFusionTests {
  @Test func `min-max scales each list from zero to one`() throws {
    let hits = try WeightedSumFusion(weights: [0.5, 2])
      .fuse([Lists.sparse, Lists.dense], count: 10)
    expect(hits, ["c": 2, "d": 1.6, "a": 0.5, "b": 0.25])
  }

  @Test func `z-score gives absent documents the list's lowest score`() throws {
    let hits = try WeightedSumFusion(normalization: .zScore)
      .fuse([Lists.list(["a": 3, "b": 1]), Lists.list(["b": 7, "c": 7])], count: 10)
    expect(hits, ["a": 1, "b": -1, "c": -1])
  }

  @Test func `distribution maps three standard deviations around the mean to the unit range`()
    throws
  {
    let hits = try WeightedSumFusion(normalization: .distribution)
      .fuse([Lists.list(["a": 3, "b": 1]), Lists.list(["c": 5])], count: 10)
    let part = 1 / (6 * 2.0.squareRoot())
    expect(hits, ["a": 0.5 + part, "c": 0.5, "b": 0.5 - part])
  }

  @Test func `without normalization scores are added as they are`() throws {
    let hits = try WeightedSumFusion(normalization: .none)
      .fuse([Lists.sparse, Lists.dense], count: 2)
    expect(hits, ["a": 10.4, "b": 6])
  }

  @Test func `equal scores neither divide by zero nor disappear`() throws {
    let flat = Lists.list(["a": 2, "b": 2])
    for (normalization, score) in [
      (ScoreNormalization.minMax, 1.0), (.zScore, 0), (.distribution, 0.5), (.none, 2),
    ] {
      let hits = try WeightedSumFusion(normalization: normalization).fuse([flat, []], count: 10)
      expect(hits, ["a": score, "b": score])
    }
  }

  @Test func `scores that are not finite are refused`() {
    #expect(throws: CoreError.self) {
      try WeightedSumFusion().fuse([Lists.list(["a": .nan])], count: 1)
    }
  }
}

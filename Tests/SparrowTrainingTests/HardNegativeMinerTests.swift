import Foundation
import SparrowCore
import SparrowData
import SparrowTensor
import SparrowTestSupport
import SparrowTraining
import Testing

@Suite struct HardNegativeMinerTests {
  /// An encoder that looks vectors up by text.
  private struct TableEncoder: SparseEncoding {
    let vectors: [String: [Float]]
    let dimension = 5

    func encode(
      _ texts: [String], role: TextRole, options: EncodingOptions
    ) throws -> SparseMatrix {
      var matrix = SparseMatrix(columnCount: dimension)
      for text in texts {
        let values = vectors[text] ?? [Float](repeating: 0, count: dimension)
        try matrix.append(
          SparseVector(dimension: dimension, indices: Array(0..<TokenID(dimension)), values: values)
        )
      }
      return matrix
    }

    func term(_ index: TokenID) -> String? { nil }
  }

  private static func fixture() throws -> JSONValue {
    try JSONValue(contentsOf: Fixtures.url("training/mining.json"))
  }

  private static func encoder(_ fixture: JSONValue) throws -> TableEncoder {
    let members = try #require(fixture["vectors"]?.object).members
    return TableEncoder(
      vectors: Dictionary(
        uniqueKeysWithValues: members.map { text, values in
          (text, (values.array ?? []).map { Float($0.double ?? .nan) })
        }))
  }

  private static func pairs(_ fixture: JSONValue) throws -> Dataset {
    let pairs = try #require(fixture["pairs"]?.array)
    func column(_ place: Int) -> [DatasetValue] {
      pairs.map { .string($0.array?[place].string ?? "") }
    }
    return try Dataset(columns: [("question", column(0)), ("answer", column(1))])
  }

  private func configuration(_ options: JSONValue) throws -> HardNegativeMiner.Configuration {
    func number(_ key: String) -> Float? { options[key]?.double.map { Float($0) } }
    return HardNegativeMiner.Configuration(
      negativeCount: options["num_negatives"]?.int ?? 3,
      rankMinimum: options["range_min"]?.int ?? 0, rankMaximum: options["range_max"]?.int,
      minimumScore: number("min_score"), maximumScore: number("max_score"),
      absoluteMargin: number("absolute_margin"), relativeMargin: number("relative_margin"),
      format: try #require(.init(rawValue: options["output_format"]?.string ?? "triplet")),
      writesScores: options["output_scores"]?.bool ?? false)
  }

  private func dense(_ encoder: TableEncoder) -> DenseSearch {
    DenseSearch { texts, _, _ in
      try Tensor(texts.flatMap { encoder.vectors[$0] ?? [] }, shape: [texts.count, 5])
    }
  }

  @Test func `mined rows equal the reference's`() throws {
    let fixture = try Self.fixture()
    let encoder = try Self.encoder(fixture)
    let pairs = try Self.pairs(fixture)
    let cases = try #require(fixture["cases"]?.array)
    #expect(cases.count == 10)
    for example in cases {
      let options = try #require(example["options"])
      let miner = try HardNegativeMiner(configuration(options))
      let corpus = options["corpus"]?.array?.compactMap(\.string) ?? []
      let searches: [any CandidateSearch] = [try EncoderSearch(encoder), dense(encoder)]
      for search in searches {
        let found = try miner.mine(pairs, search: search, corpus: corpus).dataset
        #expect(found.columnNames == example["columns"]?.array?.compactMap(\.string))
        let rows = try #require(example["rows"]?.array)
        try #require(found.rowCount == rows.count, "\(options.text())")
        for (row, expected) in rows.enumerated() {
          expect(found[row].values, equal: expected.array ?? [], options.text())
        }
      }
    }
  }

  private func expect(_ found: [DatasetValue], equal expected: [JSONValue], _ place: String) {
    #expect(found.count == expected.count)
    for (value, wanted) in zip(found, expected) {
      if let text = wanted.string {
        #expect(value.string == text, "\(place)")
      } else if let number = wanted.double {
        #expect(abs((value.number ?? .nan) - number) < 1e-6, "\(place)")
      } else if let texts = wanted.array?.compactMap(\.string), !texts.isEmpty {
        #expect(value.strings == texts, "\(place)")
      } else {
        let numbers = wanted.array?.compactMap(\.double) ?? []
        let difference = compare(value.floats ?? [], with: numbers, absolute: 1e-6)
        #expect(difference.isWithinTolerance, "\(place): \(difference)")
      }
    }
  }

  @Test func `random negatives come from the window and repeat with the seed`() throws {
    let fixture = try Self.fixture()
    let search = try EncoderSearch(try Self.encoder(fixture))
    let pairs = try Self.pairs(fixture)
    func mine(_ seed: UInt64) throws -> [DatasetValue] {
      let miner = try HardNegativeMiner(
        .init(negativeCount: 2, rankMaximum: 6, strategy: .random, seed: seed))
      return try miner.mine(pairs, search: search).dataset["negative"] ?? []
    }
    let window = try HardNegativeMiner(.init(negativeCount: 6, rankMaximum: 6))
      .mine(pairs, search: search).dataset
    let allowed = Set(zip(window["question"] ?? [], window["negative"] ?? []).map { [$0, $1] })
    let first = try mine(1)
    #expect(try first == mine(1))
    #expect(try first != mine(2))
    let rows = try HardNegativeMiner(.init(negativeCount: 2, rankMaximum: 6, strategy: .random))
      .mine(pairs, search: search).dataset
    #expect(
      zip(rows["question"] ?? [], rows["negative"] ?? []).allSatisfy { allowed.contains([$0, $1]) })
  }

  @Test func `a rescorer decides by its own scores`() throws {
    struct Reversed: RelevanceScorer {
      func scores(
        queries: [String], documents: [String], progress: ProgressReporter?
      ) throws -> [Float] {
        documents.map { -Float($0.split(separator: " ").last.flatMap { Int($0) } ?? 0) }
      }
    }
    let fixture = try Self.fixture()
    let miner = try HardNegativeMiner(
      .init(negativeCount: 1, rankMaximum: 13, maximumScore: -3, writesScores: true))
    let found = try miner.mine(
      Self.pairs(fixture), search: EncoderSearch(try Self.encoder(fixture)), rescorer: Reversed())
    // Every query's best remaining document is number 3, unless that is its own.
    let negatives = Set((found.dataset["negative"] ?? []).compactMap(\.string))
    #expect(negatives == ["document 3", "document 4"])
    #expect(found.report.aboveMaximumCount > 0)
  }

  @Test func `BM25 finds documents that share words`() throws {
    let pairs = try Dataset(columns: [
      ("query", [.string("red cat"), .string("blue dog"), .string("green bird")]),
      (
        "document",
        [
          .string("the red cat sleeps"), .string("a blue dog and a red ball"),
          .string("green bird on a blue roof"),
        ]
      ),
    ])
    let found = try HardNegativeMiner(.init(negativeCount: 1)).mine(pairs, search: BM25Search())
    #expect(
      found.dataset["negative"]?.first == .string("a blue dog and a red ball"))
    #expect(found.report.shortQueryCount == 1)
    #expect(found.report.lines.contains { $0.contains("1 queries found fewer negatives") })
  }

  @Test func `a teacher's scores become labels of all candidates`() throws {
    let fixture = try Self.fixture()
    let encoder = try Self.encoder(fixture)
    let mined = try HardNegativeMiner(.init(negativeCount: 2, format: .tuple, writesScores: true))
      .mine(Self.pairs(fixture), search: EncoderSearch(encoder)).dataset
    for teacher in [try EncoderSearch(encoder) as any RelevanceScorer, dense(encoder)] {
      let scored = try TeacherScoring(teacher).score(mined)
      #expect(scored.columnNames == ["question", "answer", "negative_1", "negative_2", "label"])
      for row in 0..<mined.rowCount {
        let difference = compare(
          scored[row]["label"]?.floats ?? [], with: mined[row]["scores"]?.floats ?? [],
          absolute: 1e-6)
        #expect(difference.isWithinTolerance, "\(difference)")
      }
      _ = try DatasetCheck(
        TrainingDataset(scored), lossName: "SparseMarginMSELoss",
        requirement: SparseMarginMSELoss().requirement)
    }
    #expect {
      try TeacherScoring(try EncoderSearch(encoder)).score(Self.pairs(fixture))
    } throws: {
      "\($0)".contains("at least two candidates")
    }
  }

  @Test func `settings and data without room are refused`() throws {
    let search = BM25Search()
    let pair = try Dataset(columns: [
      ("query", [.string("red cat")]), ("document", [.string("the red cat sleeps")]),
    ])
    #expect { try HardNegativeMiner(.init(negativeCount: 0)) } throws: {
      "\($0)".contains("at least 1 negative")
    }
    #expect {
      try HardNegativeMiner(.init(negativeCount: 3, rankMinimum: 2, rankMaximum: 4))
    } throws: {
      "\($0)".contains("room for 2 candidates")
    }
    #expect { try HardNegativeMiner(.init(relativeMargin: -1)) } throws: {
      "\($0)".contains("relative margin")
    }
    #expect { try HardNegativeMiner().mine(pair, search: search) } throws: {
      "\($0)".contains("No negative was found")
    }
    #expect {
      try HardNegativeMiner().mine(pair.selecting(columns: ["query"]), search: search)
    } throws: {
      "\($0)".contains("first two columns")
    }
    #expect {
      try EncoderSearch(TableEncoder(vectors: [:]), similarity: .euclidean)
    } throws: {
      "\($0)".contains("'euclidean'")
    }
  }
}

import SparrowCore
import SparrowData
import SparrowTestSupport
import Synchronization
import Testing

@Suite struct NoDuplicatesBatchSamplerTests {
  /// Pools of texts from all rows alike to nearly all distinct.
  @Test(arguments: [1, 2, 5, 30, 200, 5000], [2, 7, 32])
  func `batches equal those of the naive walk`(poolSize: Int, batchSize: Int) throws {
    var generator = MersenneTwister(seed: UInt64(poolSize))
    let rows = (0..<400).map { _ in
      (0..<3).map { _ in
        // Half of the draws fall on a tenth of the pool.
        let range = generator.next() % 2 == 0 ? max(poolSize / 10, 1) : poolSize
        return "text \(generator.next() % UInt32(range))"
      }
    }
    let dataset = try Dataset(
      columns: (0..<3).map { column in
        ("column \(column)", rows.map { DatasetValue.string($0[column]) })
      })
    for dropsLast in [false, true] {
      let sampler = try NoDuplicatesBatchSampler(
        dataset, batchSize: batchSize, dropsLast: dropsLast, seed: 9)
      for epoch in 0..<2 {
        let expected = naiveBatches(rows, batchSize, dropsLast, seed: 9 + UInt64(epoch))
        #expect(Array(sampler.batches(epoch: epoch)) == expected)
      }
    }
  }

  @Test func `values of other kinds are compared as Python spells them`() throws {
    let dataset = try Dataset(columns: [
      ("a", [.string("1"), .string("True"), .string("[0.5, 1.0]"), .string("other")]),
      ("b", [.bool(true), .bool(false), .bool(false), .bool(false)]),
      ("c", [.floats([0.5, 1]), .floats([]), .floats([2]), .floats([3])]),
      ("d", [.integer(7), .integer(1), .integer(8), .integer(9)]),
      ("score", [.float(1), .float(1), .float(1), .float(1)]),
    ])
    // Row 1 shares '1' and 'True' with row 0, row 2 shares the list; row 3 shares 'False' with 1 and 2.
    let sampler = try NoDuplicatesBatchSampler(dataset, batchSize: 2, seed: 0)
    for batch in sampler.batches(epoch: 0) where batch.count == 2 {
      #expect(Set(batch) == [0, 3])
    }
  }

  @Test func `repeated and missing batches are reported`() throws {
    let messages = Mutex<[String]>([])
    func sampler(_ texts: [String], batchSize: Int) throws -> NoDuplicatesBatchSampler {
      try NoDuplicatesBatchSampler(
        Dataset(columns: [("text", texts.map { .string($0) })]), batchSize: batchSize,
        dropsLast: true, seed: 4
      ) { message in messages.withLock { $0.append(message) } }
    }
    let repeating = try sampler(["a", "a", "a", "b", "b", "c"], batchSize: 3)
    #expect(Array(repeating.batches(epoch: 0)).count == 2)
    let hopeless = try sampler(["a", "a", "a", "a"], batchSize: 2)
    #expect(Array(hopeless.batches(epoch: 0)).isEmpty)
    let found = messages.withLock { $0 }
    #expect(found.count == 2)
    #expect(found[0].contains("50.0%"))
    #expect(found[1].contains("Only 0 of 2"))
  }

  @Test func `texts that look alike but differ in bytes are not duplicates`() throws {
    let dataset = try Dataset(columns: [("text", [.string("\u{E9}"), .string("e\u{301}")])])
    let sampler = try NoDuplicatesBatchSampler(dataset, batchSize: 2, seed: 0)
    #expect(Array(sampler.batches(epoch: 0)).count == 1)
  }

  @Test func `a text in every row costs no more than its share`() throws {
    // The naive walk looks at 10^9 rows here.
    let count = 60_000
    let dataset = try Dataset(columns: [
      ("query", (0..<count).map { .string("query \($0)") }),
      ("answer", (0..<count).map { .string($0 % 2 == 0 ? "yes" : "answer \($0)") }),
    ])
    let sampler = try NoDuplicatesBatchSampler(dataset, batchSize: 16, seed: 0)
    var rowCount = 0
    var largest = 0
    for batch in sampler.batches(epoch: 0) {
      rowCount += batch.count
      largest = max(largest, batch.count)
    }
    #expect(rowCount == count)
    #expect(largest == 16)
  }

  /// The reference's walk over a list of remaining rows, and its further passes.
  private func naiveBatches(
    _ rows: [[String]], _ batchSize: Int, _ dropsLast: Bool, seed: UInt64
  ) -> [[Int]] {
    var generator = MersenneTwister(seed: seed)
    let expectedCount =
      dropsLast ? rows.count / batchSize : (rows.count + batchSize - 1) / batchSize
    var batches = naivePass(rows, batchSize, dropsLast, &generator)
    guard batches.count < expectedCount, !batches.isEmpty else { return batches }
    for _ in 0..<2 {
      for batch in naivePass(rows, batchSize, dropsLast, &generator)
      where batches.count < expectedCount {
        batches.append(batch)
      }
      if batches.count == expectedCount { break }
    }
    return batches
  }

  private func naivePass(
    _ rows: [[String]], _ batchSize: Int, _ dropsLast: Bool, _ generator: inout MersenneTwister
  ) -> [[Int]] {
    var remaining = generator.permutation(rows.count)
    var batches: [[Int]] = []
    while !remaining.isEmpty {
      var texts = Set<String>()
      var batch: [Int] = []
      for row in remaining where batch.count < batchSize && texts.isDisjoint(with: rows[row]) {
        batch.append(row)
        texts.formUnion(rows[row])
      }
      remaining.removeAll { batch.contains($0) }
      if batch.count == batchSize || !dropsLast { batches.append(batch) }
    }
    return batches
  }
}

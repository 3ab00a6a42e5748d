import SparrowCore
import SparrowData
import SparrowTestSupport
import Synchronization
import Testing

@Suite struct BatchSamplerTests {
  @Test(arguments: 0..<8)
  func `orders of rows equal the reference's`(number: Int) throws {
    let golden = try Fixtures.golden("samplers")
    let entry = try #require(golden["trainer_orders"]?.array)[number]
    let sampler = try sampler(entry)
    #expect(sampler.batchCount == entry["len"]?.int)
    let isMulti = try #require(entry["dataset"]?.string).hasPrefix("dict")
    for (epoch, batches) in try #require(entry["epochs"]?.array).enumerated() {
      let expected = try #require(batches.array).map { ($0.array ?? []).compactMap(\.string) }
      let found = sampler.batches(epoch: epoch).map { batch in
        batch.map { isMulti && $0 >= 10 ? "y\($0 - 10)" : isMulti ? "x\($0)" : "r\($0)" }
      }
      #expect(found == expected, "epoch \(epoch)")
    }
  }

  @Test func `batches without duplicates equal the reference's`() throws {
    let golden = try #require(Fixtures.golden("samplers")["no_duplicates"])
    func column(_ name: String) throws -> [DatasetValue] {
      try #require(golden[name]?.array).compactMap { $0.string.map { .string($0) } }
    }
    let dataset = try Dataset(columns: [
      ("anchor", column("anchor")), ("positive", column("positive")),
      ("label", Array(repeating: .integer(1), count: 10)),
    ])
    for run in try #require(golden["runs"]?.array) {
      let sampler = try NoDuplicatesBatchSampler(
        dataset, batchSize: try #require(run["batch_size"]?.int),
        dropsLast: run["drop_last"] == true,
        seed: UInt64(try #require(run["seed"]?.int)))
      #expect(sampler.batchCount == run["len"]?.int)
      try expectEpochs(of: sampler, equal: run)
    }
  }

  @Test func `batches grouped by label equal the reference's`() throws {
    let golden = try #require(Fixtures.golden("samplers")["group_by_label"]?.array)
    for run in golden {
      let labels = try #require(run["labels"]?.array).compactMap(\.int)
      let dataset = try Dataset(columns: [
        ("text", labels.map { .string("text \($0)") }), ("label", labels.map { .integer($0) }),
      ])
      let sampler = try GroupByLabelBatchSampler(
        dataset, batchSize: try #require(run["batch_size"]?.int),
        seed: UInt64(try #require(run["seed"]?.int)))
      #expect(sampler.batchCount == run["len"]?.int)
      try expectEpochs(of: sampler, equal: run)
    }
  }

  @Test func `grouped batches hold at least two rows of every label`() throws {
    var generator = MersenneTwister(seed: 3)
    let labels = (0..<500).map { _ in DatasetValue.integer(Int(generator.next() % 17)) }
    let sampler = try GroupByLabelBatchSampler(labels: labels, batchSize: 12, seed: 1)
    for epoch in 0..<3 {
      let batches = Array(sampler.batches(epoch: epoch))
      #expect(batches.count == sampler.batchCount)
      #expect(Set(batches.joined()).count == batches.joined().count)
      for batch in batches {
        let counts = Dictionary(grouping: batch) { labels[$0] }.mapValues(\.count)
        #expect(counts.count >= 2)
        #expect(counts.values.allSatisfy { $0 >= 2 })
      }
    }
  }

  @Test func `a batch of several datasets leads back to its rows`() throws {
    let sizes = [5, 1, 9]
    let sampler = try MultiDatasetBatchSampler(
      sizes.map { try DefaultBatchSampler(rowCount: $0, batchSize: 2, seed: 1) }, seed: 1)
    var seen: [[Int]] = [[], [], []]
    for batch in sampler.batches(epoch: 2) {
      let places = batch.map { sampler.locate(row: $0) }
      #expect(Set(places.map(\.dataset)).count == 1)
      for place in places { seen[place.dataset].append(place.row) }
    }
    #expect(seen.map { $0.sorted() } == sizes.map { Array(0..<$0) })
  }

  @Test func `settings that make no sense are refused`() throws {
    #expect(throws: DataError.self) {
      try DefaultBatchSampler(rowCount: 3, batchSize: 0, seed: 1)
    }
    #expect(throws: DataError.self) { try MultiDatasetBatchSampler([], seed: 1) }
    let texts = try Dataset(columns: [("text", [.string("a"), .string("b")])])
    #expect(throws: DataError.self) {
      try GroupByLabelBatchSampler(texts, batchSize: 4, seed: 1)
    }
    #expect(throws: DataError.self) {
      try GroupByLabelBatchSampler(labels: [.integer(1), .integer(1)], batchSize: 4, seed: 1)
    }
    #expect(throws: DataError.self) {
      try GroupByLabelBatchSampler(labels: [], batchSize: 5, seed: 1)
    }
    let labels = try Dataset(columns: [("label", [.integer(1)])])
    #expect(throws: DataError.self) { try NoDuplicatesBatchSampler(labels, batchSize: 2, seed: 1) }
  }

  private func expectEpochs(of sampler: any BatchSampler, equal run: JSONValue) throws {
    let epochs = try #require(run["epochs"]?.array)
    #expect(!epochs.isEmpty)
    for (epoch, batches) in epochs.enumerated() {
      let expected = try #require(batches.array).map { ($0.array ?? []).compactMap(\.int) }
      #expect(Array(sampler.batches(epoch: epoch)) == expected, "\(run), epoch \(epoch)")
    }
  }

  private func sampler(_ entry: JSONValue) throws -> any BatchSampler {
    let seed = UInt64(try #require(entry["seed"]?.int))
    let batchSize = try #require(entry["batch_size"]?.int)
    let kind = entry["batch_sampler"]?.string ?? entry["sampler"]?.string ?? "batch_sampler"
    let sampling = try #require(BatchSampling(rawValue: kind))
    func make(_ prefix: String, _ count: Int) throws -> any BatchSampler {
      let dataset = try Dataset(columns: [("text", (0..<count).map { .string("\(prefix)\($0)") })])
      return try sampling.makeSampler(
        for: dataset, batchSize: batchSize, dropsLast: entry["drop_last"]?.bool ?? false,
        seed: seed, dataSeed: entry["data_seed"]?.int.map { UInt64($0) })
    }
    guard let multi = entry["multi_dataset_batch_sampler"]?.string else { return try make("r", 10) }
    return try MultiDatasetBatchSampler(
      [make("x", 10), make("y", 5)],
      sampling: try #require(MultiDatasetSampling(rawValue: multi)), seed: seed)
  }
}

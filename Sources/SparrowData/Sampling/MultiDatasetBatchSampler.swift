import SparrowCore

/// In which order batches of several datasets take turns.
public enum MultiDatasetSampling: String, Sendable, Hashable, CaseIterable {
  /// As often as a dataset has batches, in random order, until all rows were used.
  case proportional
  /// One batch of each dataset in turn, until the first has no more.
  case roundRobin = "round_robin"
}

/// Makes batches from several datasets; each batch comes from one of them.
///
/// Rows are numbered as if the datasets stood one after another; ``locate(row:)`` leads back.
public struct MultiDatasetBatchSampler: BatchSampler {
  /// In which order the datasets take turns.
  public let sampling: MultiDatasetSampling
  /// The samplers of the datasets, in their order.
  public let samplers: [any BatchSampler]
  private let firstRows: [Int]
  private let seed: UInt64

  /// Makes a sampler.
  ///
  /// - Parameters:
  ///   - samplers: one for each dataset.
  ///   - sampling: in which order the datasets take turns; `proportional` by default.
  ///   - seed: the seed of epoch 0; epoch `e` uses `seed + e`.
  /// - Throws: ``DataError`` when there is no sampler.
  public init(
    _ samplers: [any BatchSampler], sampling: MultiDatasetSampling = .proportional, seed: UInt64
  ) throws(DataError) {
    guard !samplers.isEmpty else {
      throw DataError(.usage, "There must be at least one dataset to sample from.")
    }
    self.samplers = samplers
    self.sampling = sampling
    self.seed = seed
    var firstRows = [0]
    for sampler in samplers { firstRows.append(firstRows[firstRows.count - 1] + sampler.rowCount) }
    self.firstRows = firstRows
  }

  /// The number of rows of all datasets.
  public var rowCount: Int { firstRows[samplers.count] }

  /// The sum of the datasets' batches, or as many rounds as the smallest has batches.
  public var batchCount: Int {
    let counts = samplers.map(\.batchCount)
    switch sampling {
    case .proportional: return counts.reduce(0, +)
    case .roundRobin: return (counts.min() ?? 0) * counts.count
    }
  }

  /// The seed of the first epoch plus the number of the epoch.
  public func seed(ofEpoch epoch: Int) -> UInt64 { seed &+ UInt64(epoch) }

  /// The dataset to which a row belongs, and its number there.
  public func locate(row: Int) -> (dataset: Int, row: Int) {
    let dataset = (firstRows.firstIndex { $0 > row } ?? samplers.count) - 1
    return (dataset, row - firstRows[dataset])
  }

  /// The batches of an epoch; the generator is seeded anew when the first is asked for, and shared with
  /// the datasets' samplers.
  public func batches(
    epoch: Int, sharing generator: SamplingGenerator
  ) -> AnyIterator<[Int]> {
    let iterators = samplers.map { $0.batches(epoch: epoch, sharing: generator) }
    func nextBatch(of dataset: Int) -> [Int]? {
      iterators[dataset].next().map { batch in batch.map { $0 + firstRows[dataset] } }
    }
    switch sampling {
    case .proportional:
      var turns: ArraySlice<Int>?
      return AnyIterator {
        var remaining = turns ?? drawTurns(epoch, generator)
        defer { turns = remaining }
        while let dataset = remaining.popFirst() {
          if let batch = nextBatch(of: dataset) { return batch }
        }
        return nil
      }
    case .roundRobin:
      var round: ArraySlice<[Int]> = []
      var hasBegun = false
      return AnyIterator {
        if !hasBegun { generator.restart(seed: seed(ofEpoch: epoch)) }
        hasBegun = true
        if round.isEmpty {
          var batches: [[Int]] = []
          for dataset in iterators.indices {
            guard let batch = nextBatch(of: dataset) else { return nil }
            batches.append(batch)
          }
          round = batches[...]
        }
        return round.popFirst()
      }
    }
  }

  /// The dataset of each batch of an epoch.
  private func drawTurns(_ epoch: Int, _ generator: SamplingGenerator) -> ArraySlice<Int> {
    generator.restart(seed: seed(ofEpoch: epoch))
    let datasets = samplers.indices.flatMap { dataset in
      repeatElement(dataset, count: samplers[dataset].batchCount)
    }
    return generator.permutation(datasets.count).map { datasets[$0] }[...]
  }
}

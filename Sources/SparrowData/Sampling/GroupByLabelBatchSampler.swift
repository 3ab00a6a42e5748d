import SparrowCore

/// Makes batches in which every label that appears has at least two rows, for losses that look for
/// triplets within a batch.
///
/// Labels take turns in a new random order each round and give two rows each. Labels with a single row
/// are left out, and so are the rows of the label that is left alone at the end.
public struct GroupByLabelBatchSampler: BatchSampler, Hashable {
  /// The number of rows that are sampled from.
  public let rowCount: Int
  /// How many rows a batch has.
  public let batchSize: Int
  /// Whether a last batch with fewer rows is left out.
  public let dropsLast: Bool
  private let seed: UInt64
  private let groups: [[Int]]

  /// Makes a sampler.
  ///
  /// - Parameters:
  ///   - labels: the label of each row.
  ///   - batchSize: how many rows a batch has, an even number of at least 4.
  ///   - dropsLast: whether a last batch with fewer rows is left out.
  ///   - seed: the seed of epoch 0; epoch `e` uses `seed + e`.
  /// - Throws: ``DataError`` when the batch size is odd or below 4, or fewer than two labels have two
  ///   rows.
  public init(
    labels: [DatasetValue], batchSize: Int, dropsLast: Bool = false, seed: UInt64
  ) throws(DataError) {
    guard batchSize >= 4, batchSize % 2 == 0 else {
      throw DataError(
        .usage,
        "Batches grouped by label need an even size of at least 4; the batch size is \(batchSize)."
      )
    }
    var positions: [DatasetValue: Int] = [:]
    var groups: [[Int]] = []
    for (row, label) in labels.enumerated() {
      if let position = positions[label] {
        groups[position].append(row)
      } else {
        positions[label] = groups.count
        groups.append([row])
      }
    }
    self.groups = groups.filter { $0.count >= 2 }
    guard self.groups.count >= 2 else {
      throw DataError(
        .usage,
        "Batches grouped by label need at least 2 labels with 2 rows each; found \(self.groups.count) among \(groups.count) labels."
      )
    }
    rowCount = labels.count
    self.batchSize = batchSize
    self.dropsLast = dropsLast
    self.seed = seed
  }

  /// Makes a sampler from the label column of a dataset.
  ///
  /// - Throws: ``DataError`` as ``init(labels:batchSize:dropsLast:seed:)``, and when there is no label
  ///   column.
  public init(
    _ dataset: Dataset, batchSize: Int, dropsLast: Bool = false, seed: UInt64
  ) throws(DataError) {
    guard let column = dataset.labelColumn, let labels = dataset[column] else {
      throw DataError(
        .usage,
        "Batches grouped by label need a column named \(Dataset.labelNames.joined(separator: ", ")); the columns are \(dataset.columnNames)."
      )
    }
    try self.init(labels: labels, batchSize: batchSize, dropsLast: dropsLast, seed: seed)
  }

  /// How many batches an epoch has; known in advance because a label gives two rows a round.
  public var batchCount: Int {
    let pairs = groups.map { $0.count / 2 }.sorted(by: >)
    let roundCount = pairs[1]
    let total = 2 * pairs.reduce(0) { $0 + min($1, roundCount) }
    return total / batchSize + (!dropsLast && total % batchSize >= 4 ? 1 : 0)
  }

  /// The seed of the first epoch plus the number of the epoch.
  public func seed(ofEpoch epoch: Int) -> UInt64 { seed &+ UInt64(epoch) }

  /// The batches of an epoch; the generator is seeded anew when the first is asked for.
  public func batches(
    epoch: Int, sharing generator: SamplingGenerator
  ) -> AnyIterator<[Int]> {
    var rounds: LabelRounds?
    return AnyIterator {
      var current =
        rounds
        ?? {
          generator.restart(seed: seed(ofEpoch: epoch))
          return LabelRounds(groups: groups, generator: generator)
        }()
      defer { rounds = current }
      return current.nextBatch(of: batchSize, dropsLast: dropsLast, drawing: generator)
    }
  }
}

/// The state of one epoch of ``GroupByLabelBatchSampler``.
private struct LabelRounds {
  private var queues: [ArraySlice<Int>]
  private var remaining: [Int]
  private var pending: [Int] = []
  private var lastLabel: Int?
  private var isAtEnd = false

  /// Shuffles each label's rows and trims them to pairs.
  init(groups: [[Int]], generator: SamplingGenerator) {
    queues = groups.map { rows in
      generator.permutation(rows.count).prefix(rows.count / 2 * 2).map { rows[$0] }[...]
    }
    remaining = Array(groups.indices)
  }

  mutating func nextBatch(
    of batchSize: Int, dropsLast: Bool, drawing generator: SamplingGenerator
  ) -> [Int]? {
    while pending.count < batchSize, remaining.count >= 2 {
      playRound(generator)
    }
    if pending.count >= batchSize {
      defer { pending.removeFirst(batchSize) }
      return Array(pending.prefix(batchSize))
    }
    guard !isAtEnd, !dropsLast, pending.count >= 4 else { return nil }
    isAtEnd = true
    return pending
  }

  /// Every remaining label gives two rows.
  private mutating func playRound(_ generator: SamplingGenerator) {
    remaining = generator.permutation(remaining.count).map { remaining[$0] }
    // Pairs that follow one another within a batch must not have the same label.
    if !pending.isEmpty, remaining[0] == lastLabel { remaining.swapAt(0, 1) }
    for label in remaining {
      pending += [queues[label].removeFirst(), queues[label].removeFirst()]
    }
    lastLabel = remaining.last
    remaining.removeAll { queues[$0].isEmpty }
  }
}

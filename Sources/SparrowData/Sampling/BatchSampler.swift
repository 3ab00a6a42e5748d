import SparrowCore

/// Decides which rows of a dataset form a batch, and in which order batches come.
///
/// Orders equal those of the reference for the same seed. A sampler holds no state between epochs: asking
/// for the batches of an epoch again gives the same ones.
///
/// ```swift
/// let sampler = try DefaultBatchSampler(rowCount: dataset.rowCount, batchSize: 32, seed: 42)
/// for batch in sampler.batches(epoch: 0) { print(batch) }
/// ```
public protocol BatchSampler: Sendable {
  /// The number of rows that are sampled from.
  var rowCount: Int { get }
  /// How many batches an epoch has; learning-rate schedules rely on it.
  var batchCount: Int { get }
  /// The seed from which an epoch's order is drawn.
  func seed(ofEpoch epoch: Int) -> UInt64
  /// The batches of an epoch, drawn lazily.
  ///
  /// - Parameters:
  ///   - epoch: counted from 0.
  ///   - generator: the source of random numbers, possibly shared with other samplers; those that
  ///     the reference seeds anew seed it when their first batch is asked for.
  /// - Returns: for each batch the numbers of its rows.
  func batches(epoch: Int, sharing generator: SamplingGenerator) -> AnyIterator<[Int]>
}

extension BatchSampler {
  /// The batches of an epoch, drawn lazily from a generator of their own.
  public func batches(epoch: Int) -> AnyIterator<[Int]> {
    batches(epoch: epoch, sharing: SamplingGenerator(seed: seed(ofEpoch: epoch)))
  }

  /// Checks a batch size.
  func check(batchSize: Int) throws(DataError) {
    guard batchSize >= 1 else {
      throw DataError(.usage, "A batch needs at least 1 row; the batch size is \(batchSize).")
    }
  }
}

/// A source of random numbers that several samplers draw from in turn.
public final class SamplingGenerator {
  private var twister: MersenneTwister

  /// Makes a generator; only the low 32 bits of the seed count.
  public init(seed: UInt64) { twister = MersenneTwister(seed: seed) }

  /// Starts over from a seed.
  public func restart(seed: UInt64) { twister = MersenneTwister(seed: seed) }

  /// A random order of `0..<count`.
  public func permutation(_ count: Int) -> [Int] { twister.permutation(count) }
}

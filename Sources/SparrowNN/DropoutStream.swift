public import SparrowTensor

/// The random stream that decides what dropout drops in a training step.
///
/// Every use takes the next place of a counter-based generator, so that the mask depends on seed and
/// place alone: saving ``place`` and restoring it repeats the very same masks.
public final class DropoutStream {
  /// Tells streams apart.
  public let seed: UInt64
  /// How many masks were drawn so far.
  public var place: UInt64

  /// Makes a stream, at its beginning or continuing from a saved place.
  public init(seed: UInt64, place: UInt64 = 0) {
    self.seed = seed
    self.place = place
  }

  /// Seed and place of the next mask.
  public func next() -> (seed: UInt64, place: UInt64) {
    defer { place += 1 }
    return (seed, place)
  }
}

extension DropoutStream {
  /// The next mask, nil when nothing is dropped.
  public func mask(probability: Double) -> DropoutMask? {
    guard probability > 0 else { return nil }
    let next = next()
    return DropoutMask(probability: probability, seed: next.seed, place: next.place)
  }

  /// Drops elements with the given probability and scales the others by `1 / (1 - probability)`.
  public func drop(_ input: Tensor, probability: Double) throws(TensorError) -> Tensor {
    guard let mask = mask(probability: probability) else { return input }
    return try input.dropped(mask)
  }
}

/// Which elements a use of dropout drops: a probability, and a place in a random stream.
///
/// The mask depends on seed and place alone (a counter-based generator, Philox4x32-10), so that it is
/// computed again where it is needed instead of being stored, and the same in every run. On the
/// processor 16 random bits decide an element: probabilities are rounded to a 65,536th.
public struct DropoutMask: Sendable, Hashable {
  /// The probability of dropping an element, 0 to 1.
  public var probability: Double
  /// Tells streams apart.
  public var seed: UInt64
  /// Tells the uses of one stream apart; a place must not be used for two masks.
  public var place: UInt64

  /// Makes a mask.
  public init(probability: Double, seed: UInt64, place: UInt64) {
    self.probability = probability
    self.seed = seed
    self.place = place
  }
}

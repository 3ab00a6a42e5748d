/// Decomposition of single scalars (Unicode Standard Annex 15).
struct Decomposition: Sendable {
  private let mapping: ScalarMapping
  /// Scalars below this one stay as they are.
  let firstScalar: UInt32
  /// Scalars below this one stay as they are when they are composed again.
  let firstComposed: UInt32

  /// Canonical decomposition, as in normal forms D and C.
  static let canonical = Decomposition(
    UnicodeData.mappings(UnicodeData.canonicalDecomposition), firstScalar: 0xC0,
    firstComposed: 0x300)

  /// Compatibility decomposition, as in normal forms KD and KC.
  static let compatibility = Decomposition(
    UnicodeData.mappings(UnicodeData.canonicalDecomposition)
      + UnicodeData.mappings(UnicodeData.compatibilityDecomposition), firstScalar: 0xA0,
    firstComposed: 0xA0)

  /// Repeats single steps until nothing changes.
  private init(
    _ steps: [(scalar: UInt32, image: [UInt32])], firstScalar: UInt32, firstComposed: UInt32
  ) {
    let images = Dictionary(steps.map { ($0.scalar, $0.image) }, uniquingKeysWith: { $1 })
    func expand(_ scalar: UInt32) -> [UInt32] {
      guard let image = images[scalar] else { return [scalar] }
      return image.flatMap { expand($0) }
    }
    var mapping = ScalarMapping()
    for step in steps { mapping.add(step.scalar, step.image.flatMap { expand($0) }) }
    self.mapping = mapping
    self.firstScalar = firstScalar
    self.firstComposed = firstComposed
  }

  /// Calls `body` with each scalar of the full decomposition, in order.
  @inline(__always)
  func forEach(of scalar: UInt32, _ body: (UInt32) -> Void) {
    if scalar < firstScalar {
      body(scalar)
    } else if Hangul.syllables.contains(scalar) {
      Hangul.forEachPart(of: scalar, body)
    } else if let image = mapping[scalar] {
      for part in image { body(part) }
    } else {
      body(scalar)
    }
  }
}

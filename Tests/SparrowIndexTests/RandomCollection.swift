import SparrowCore
import Testing

/// A generated collection with the awkward cases that exactness must survive: equal documents,
/// empty ones, explicit zeros, few distinct weights (many ties), negative weights.
struct RandomCollection {
  /// What the generated vectors look like.
  struct Shape {
    var documentCount: Int
    var dimension: Int
    var maximumActive: Int
    /// Weights are multiples of 1/8 (many ties) instead of arbitrary numbers.
    var hasTies = false
    var hasNegativeWeights = false
  }

  let ids: [DocumentID]
  let vectors: SparseMatrix
  private let shape: Shape
  private var generator: MersenneTwister

  init(seed: UInt64, shape: Shape) throws {
    self.shape = shape
    generator = MersenneTwister(seed: seed)
    var vectors = SparseMatrix(columnCount: shape.dimension)
    for row in 0..<shape.documentCount {
      let kind = generator.next() % 20
      if kind == 0 {
        try vectors.append(Self.emptyVector(shape))
      } else if kind == 1, row > 0 {
        try vectors.append(vectors[Int(generator.next()) % row])
      } else {
        try vectors.append(Self.vector(shape, shape.maximumActive, &generator))
      }
    }
    self.vectors = vectors
    let order = generator.permutation(shape.documentCount)
    ids = order.map { DocumentID("d\($0)") }
  }

  /// A query with up to `maximumActive` weights.
  mutating func query(maximumActive: Int) throws -> SparseVector {
    try Self.vector(shape, maximumActive, &generator)
  }

  /// The exhaustive twin of a search: scores every document.
  func search(
    _ query: SparseVector, count: Int, where isEligible: (DocumentID) -> Bool = { _ in true }
  ) -> [ScoredDocument] {
    var hits: [ScoredDocument] = []
    for (row, id) in ids.enumerated() where isEligible(id) {
      let document = vectors[row]
      var sharesTerm = false
      query.forEachShared(with: document) { _, left, right in
        if left != 0, right != 0 { sharesTerm = true }
      }
      if sharesTerm { hits.append(ScoredDocument(id: id, score: Double(query.dot(document)))) }
    }
    return Array(hits.sorted(by: ScoredDocument.precedes).prefix(count))
  }

  private static func emptyVector(_ shape: Shape) throws -> SparseVector {
    try SparseVector(dimension: shape.dimension, indices: [], values: [])
  }

  private static func vector(
    _ shape: Shape, _ maximumActive: Int, _ generator: inout MersenneTwister
  ) throws -> SparseVector {
    var weights: [TokenID: Float] = [:]
    let active = Int(generator.next()) % (maximumActive + 1)
    for _ in 0..<active {
      // The product of two draws makes low dimensions frequent, as tokens of a language are.
      let first = Double(generator.next()) / 4_294_967_296
      let second = Double(generator.next()) / 4_294_967_296
      let index = TokenID(first * second * Double(shape.dimension))
      weights[index] = weight(shape, &generator)
    }
    let entries = weights.sorted { $0.key < $1.key }
    return try SparseVector(
      dimension: shape.dimension, indices: entries.map(\.key), values: entries.map(\.value))
  }

  private static func weight(_ shape: Shape, _ generator: inout MersenneTwister) -> Float {
    let draw = generator.next()
    if draw % 31 == 0 { return 0 }
    let magnitude =
      shape.hasTies ? Float(1 + draw % 8) / 8 : Float(draw >> 8) / 16_777_216 * 3
    return shape.hasNegativeWeights && generator.next() % 3 == 0 ? -magnitude : magnitude
  }
}

/// Expects two result lists to be equal and names the first difference.
func expectSame(
  _ found: [ScoredDocument], _ expected: [ScoredDocument], _ comment: Comment,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  if found == expected { return }
  let position = zip(found, expected).enumerated().first { $0.element.0 != $0.element.1 }?.offset
  let first = position ?? min(found.count, expected.count)
  let pair = [found, expected].map { $0.count > first ? "\($0[first])" : "nothing" }
  Issue.record(
    "\(comment): at \(first) of \(expected.count) found \(pair[0]), expected \(pair[1])",
    sourceLocation: sourceLocation)
}

import SparrowCore

/// What a report shows besides the log: sparsity over steps, and what sample texts expand to.
struct RunRecord: Sendable, Hashable {
  /// Sparsity of one logged batch.
  struct Sparsity: Sendable, Hashable {
    var step: Int
    var queryDimensions: Double
    var documentDimensions: Double
    var flops: Double
  }

  /// What the sample texts expanded to at a step.
  struct Expansions: Sendable, Hashable {
    var step: Int
    /// For each text its heaviest terms.
    var terms: [[TermWeight]]
  }

  /// A term with the share of sample documents that have it.
  struct TermShare: Sendable, Hashable {
    var term: String
    var share: Double
  }

  var sparsity: [Sparsity] = []
  var expansions: [Expansions] = []
  var activeTerms: [TermShare] = []

  /// The record as it is kept in checkpoints.
  var json: JSONValue {
    [
      "sparsity": .array(
        sparsity.map {
          [
            .integer(Int64($0.step)), .number($0.queryDimensions), .number($0.documentDimensions),
            .number($0.flops),
          ]
        }),
      "expansions": .array(
        expansions.map { expansion in
          [
            "step": .integer(Int64(expansion.step)),
            "terms": .array(
              expansion.terms.map { terms in
                .array(terms.map { [.string($0.term), .shortest($0.weight)] })
              }),
          ]
        }),
    ]
  }

  init() {}

  /// Reads what ``json`` wrote; what is of another kind is left out.
  init(_ json: JSONValue) {
    sparsity = (json["sparsity"]?.array ?? []).compactMap { entry in
      guard let numbers = entry.array?.compactMap(\.double), numbers.count == 4 else { return nil }
      return Sparsity(
        step: Int(numbers[0]), queryDimensions: numbers[1], documentDimensions: numbers[2],
        flops: numbers[3])
    }
    expansions = (json["expansions"]?.array ?? []).compactMap { entry in
      guard let step = entry["step"]?.int, let texts = entry["terms"]?.array else { return nil }
      return Expansions(
        step: step,
        terms: texts.map { terms in
          (terms.array ?? []).compactMap { pair in
            guard let term = pair.array?.first?.string, let weight = pair.array?.last?.double
            else { return nil }
            return TermWeight(term: term, weight: Float(weight))
          }
        })
    }
  }
}

import Foundation
public import SparrowCore

/// BM25 as a producer of sparse vectors: documents carry the BM25 weight of each of their terms,
/// queries the number of times they name a term, so that the dot product is the BM25 score.
///
/// The same index therefore serves BM25 and learned models. Fit it once on the collection; texts
/// encoded later are weighed with the frequencies and the average length found then.
///
/// ```swift
/// let encoder = try BM25Encoder(fitting: texts)
/// let documents = try encoder.encode(texts, role: .document)
/// let query = try encoder.encode(["who sleeps in trees"], role: .query)[0]
/// ```
public struct BM25Encoder: SparseEncoding, Sendable {
  /// The settings it was fitted with.
  public let configuration: BM25Configuration
  /// The number of texts it was fitted on, `N`.
  public let documentCount: Int
  /// The mean number of terms of those texts.
  public let averageLength: Double
  /// The terms of those texts, ascending by UTF-8 bytes; position `i` is dimension `i`.
  public let vocabulary: Vocabulary
  /// For each dimension, the number of texts that have the term.
  public let documentFrequencies: [Int]

  private let numberOfTerm: [String: Int]
  private let inverseDocumentFrequencies: [Double]

  /// Gathers the statistics of a collection.
  ///
  /// - Throws: ``IndexError`` when a setting is out of range; `CancellationError` when cancelled.
  public init(
    fitting texts: some Sequence<String>, configuration: BM25Configuration = BM25Configuration(),
    progress: ProgressReporter? = nil
  ) throws {
    try configuration.validate()
    var counter = TermCounter(learningWith: configuration.analyzer)
    var frequencies: [Int] = []
    var documentCount = 0
    var totalLength = 0
    for text in texts {
      try Self.pause(at: documentCount, of: nil, activity: "Counting terms", progress)
      let (counts, length) = counter.count(text)
      frequencies.append(
        contentsOf: repeatElement(0, count: counter.terms.count - frequencies.count))
      for number in counts.keys { frequencies[number] += 1 }
      documentCount += 1
      totalLength += length
    }
    let order = counter.terms.indices.sorted {
      counter.terms[$0].utf8.lexicographicallyPrecedes(counter.terms[$1].utf8)
    }
    self.init(
      configuration: configuration, documentCount: documentCount,
      averageLength: documentCount > 0 ? Double(totalLength) / Double(documentCount) : 0,
      terms: order.map { counter.terms[$0] }, documentFrequencies: order.map { frequencies[$0] })
  }

  /// Makes an encoder from statistics known to belong together.
  init(
    configuration: BM25Configuration, documentCount: Int, averageLength: Double,
    terms: [String], documentFrequencies: [Int]
  ) {
    self.configuration = configuration
    self.documentCount = documentCount
    self.averageLength = averageLength
    self.vocabulary = Vocabulary(tokens: terms)
    self.documentFrequencies = documentFrequencies
    self.numberOfTerm = Dictionary(
      zip(terms, terms.indices), uniquingKeysWith: { first, _ in first })
    self.inverseDocumentFrequencies = documentFrequencies.map {
      configuration.inverseDocumentFrequency(documentFrequency: $0, documentCount: documentCount)
    }
  }

  /// The number of terms, `V`.
  public var dimension: Int { vocabulary.count }

  /// The term a dimension stands for, nil when there is no such dimension.
  public func term(_ index: TokenID) -> String? { vocabulary[index] }

  /// Encodes texts; terms that the fitted collection does not have add to a document's length
  /// and are otherwise ignored.
  ///
  /// - Returns: one row a text; weights that are zero (a term of every document, in the original
  ///   variants) are left out.
  /// - Throws: `CancellationError` when the task is cancelled.
  public func encode(
    _ texts: [String], role: TextRole, options: EncodingOptions = EncodingOptions()
  ) throws -> SparseMatrix {
    var counter = TermCounter(knowing: numberOfTerm, with: configuration.analyzer)
    var offsets = [0]
    var indices: [TokenID] = []
    var values: [Float] = []
    offsets.reserveCapacity(texts.count + 1)
    for (position, text) in texts.enumerated() {
      try Self.pause(
        at: position, of: texts.count, activity: "Encoding with BM25", options.progress)
      let (counts, length) = counter.count(text)
      for (number, count) in counts.sorted(by: { $0.key < $1.key }) {
        let weight = weight(ofTerm: number, count: count, length: length, role: role)
        guard weight != 0 else { continue }
        indices.append(TokenID(number))
        values.append(weight)
      }
      offsets.append(indices.count)
    }
    let matrix = SparseMatrix(
      uncheckedColumnCount: dimension, rowOffsets: offsets, indices: indices, values: values)
    return options.maxActiveDimensions.map(matrix.keepingLargest) ?? matrix
  }

  private func weight(ofTerm number: Int, count: Int, length: Int, role: TextRole) -> Float {
    switch role {
    case .query: return Float(count)
    case .document:
      let relativeLength = averageLength > 0 ? Double(length) / averageLength : 1
      return Float(
        inverseDocumentFrequencies[number]
          * configuration.termFrequencyFactor(count: count, relativeLength: relativeLength))
    }
  }

  /// Reports progress and honours cancellation every 1,024 texts.
  private static func pause(
    at position: Int, of total: Int?, activity: String, _ progress: ProgressReporter?
  ) throws {
    guard position % 1024 == 0 else { return }
    try Task.checkCancellation()
    progress?(
      ProgressUpdate(activity: activity, completed: position, total: total, unit: "documents"))
  }
}

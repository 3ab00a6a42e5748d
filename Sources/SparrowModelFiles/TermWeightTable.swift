public import Foundation
public import SparrowCore
public import SparrowText

/// One weight for each token of a vocabulary: what inference-free models know about queries.
///
/// Tables come from three places: a saved `SparseStaticEmbedding` stage, an `idf.json` as OpenSearch
/// publishes it, or the document frequencies of a corpus.
///
/// ```swift
/// let tokenizer = try Tokenizer(folder: folder)
/// let table = try TermWeightTable(idfFile: idfURL, tokenizer: tokenizer)
/// let encoder = StaticQueryEncoder(tokenizer: tokenizer, table: table)
/// ```
public struct TermWeightTable: Sendable, Hashable {
  /// The weight of each token by its id; negative ones are kept, zero leaves a token out.
  public var weights: [Float]

  /// Makes a table of given weights.
  public init(weights: [Float]) { self.weights = weights }

  /// The number of tokens, `V`.
  public var count: Int { weights.count }

  /// What becomes of an entry of `idf.json` that is no token of the tokenizer.
  public enum UnknownTokenRule: Sendable, Hashable {
    /// It is left out.
    case skip
    /// It sets the weight of the token for unknown words, the last entry winning: the reference's
    /// behaviour, to be equal with it bit by bit.
    case overwriteUnknownToken
  }

  /// Reads a JSON object of tokens and weights; tokens that it lacks weigh 0.
  ///
  /// - Parameters:
  ///   - idfFile: the file, as a rule called `idf.json`.
  ///   - tokenizer: gives tokens their ids.
  ///   - unknownTokens: what becomes of entries that are no tokens; they are skipped by default.
  /// - Throws: ``ModelError`` when the file is empty or a weight is no finite number, and `CoreError`
  ///   when it is missing or no JSON.
  public init(
    idfFile: URL, tokenizer: Tokenizer, unknownTokens: UnknownTokenRule = .skip
  ) throws {
    guard let entries = try JSONValue(contentsOf: idfFile).object, !entries.isEmpty else {
      throw ModelError(
        .invalidConfiguration, "Expected an object with a weight for each token.",
        at: FileLocation(path: idfFile.path))
    }
    weights = [Float](repeating: 0, count: tokenizer.vocabulary.count)
    for (token, value) in entries.members {
      guard let weight = value.double.map({ Float($0) }), weight.isFinite else {
        throw ModelError(
          .invalidConfiguration, "Expected a finite number, found \(value.text()).",
          at: FileLocation(path: idfFile.path, item: token))
      }
      let id = tokenizer.id(of: token)
      switch unknownTokens {
      case .skip: if let id { weights[Int(id)] = weight }
      case .overwriteUnknownToken:
        if let id = id ?? tokenizer.unknownID { weights[Int(id)] = weight }
      }
    }
  }

  /// Computes inverse document frequencies: `ln(1 + (N - n + 0.5) / (n + 0.5))` for a token that `n`
  /// of `N` documents have.
  ///
  /// The formula is BM25's in Lucene's form, by which OpenSearch's published tables are made.
  ///
  /// - Parameters:
  ///   - corpus: the documents; each is read once, whole, without special tokens.
  ///   - tokenizer: turns them into tokens.
  ///   - unseenWeight: the weight of tokens that no document has; 1 by default, as in the published
  ///     tables.
  /// - Throws: ``ModelError`` when there is no document, and `TextError` when the task is cancelled.
  public init(
    inverseDocumentFrequenciesOf corpus: some Sequence<String>, tokenizer: Tokenizer,
    unseenWeight: Float = 1
  ) throws {
    let options = TokenizationOptions(maximumLength: .max, addsSpecialTokens: false)
    var documentCounts = [Int](repeating: 0, count: tokenizer.vocabulary.count)
    var lastDocuments = [Int](repeating: -1, count: documentCounts.count)
    var documentCount = 0
    var pending: [String] = []
    func count() throws {
      let batch = try tokenizer.encodeBatch(pending, options: options)
      for text in 0..<batch.textCount {
        for id in batch.tokenIDs[batch.range(ofText: text)].lazy.map(Int.init)
        where lastDocuments[id] != documentCount {
          documentCounts[id] += 1
          lastDocuments[id] = documentCount
        }
        documentCount += 1
      }
      pending.removeAll(keepingCapacity: true)
    }
    for document in corpus {
      pending.append(document)
      if pending.count == Self.corpusBatchCount { try count() }
    }
    try count()
    guard documentCount > 0 else {
      throw ModelError(
        .invalidArgument, "Document frequencies need at least one document; the corpus is empty.")
    }
    weights = documentCounts.map { count in
      guard count > 0 else { return unseenWeight }
      let absent = Double(documentCount - count)
      return Float(log1p((absent + 0.5) / (Double(count) + 0.5)))
    }
  }

  /// Documents that are tokenised at a time.
  private static let corpusBatchCount = 4096

  /// The weights of the tokens of a text: each token that occurs has its weight, however often.
  ///
  /// - Parameter tokenIDs: the text's tokens; ids outside the table are left out.
  /// - Returns: a vector of dimension ``count``, empty for a text without tokens.
  public func vector(of tokenIDs: some Sequence<Int32>) -> SparseVector {
    var indices: [TokenID] = []
    var values: [Float] = []
    indices.reserveCapacity(tokenIDs.underestimatedCount)
    values.reserveCapacity(tokenIDs.underestimatedCount)
    for id in tokenIDs.sorted() where id >= 0 && Int(id) < weights.count {
      let weight = weights[Int(id)]
      guard weight != 0, indices.last != TokenID(id) else { continue }
      indices.append(TokenID(id))
      values.append(weight)
    }
    return SparseVector(uncheckedDimension: weights.count, indices: indices, values: values)
  }
}

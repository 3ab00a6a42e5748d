public import Foundation
public import SparrowCore
public import SparrowText

/// The query side of an inference-free model: a tokenizer and a table, no transformer, no libtorch.
///
/// A query's vector has the table's weight for each token that occurs in it, however often; special
/// tokens are not added, and literal ones in the text count like any token. Encoding takes a few
/// microseconds. Documents are encoded by `SparseEncoder`, once, when the index is built.
/// Source: Geng et al. 2024 (arXiv 2411.04403); reference class `SparseStaticEmbedding`, which
/// differs in one case: there a literal `[PAD]` loses its weight when another text of the batch is
/// longer. Here a vector never depends on its batch.
///
/// ```swift
/// let encoder = try StaticQueryEncoder(folder: URL(fileURLWithPath: "models/doc-v3"))
/// let query = try encoder.encode("wireless router")
/// ```
public struct StaticQueryEncoder: Sendable {
  /// Turns queries into tokens.
  public let tokenizer: Tokenizer
  /// The weight of each token.
  public let table: TermWeightTable
  /// The text before each query, which is looked up like the query itself; empty for none.
  public var prompt: String
  /// The most tokens of a query, beyond which it is cut; nil cuts none.
  public var maximumLength: Int?
  /// Keep at most this many weights a query, the largest; nil keeps all.
  public var maxActiveDimensions: Int?
  /// How queries and documents are meant to be compared.
  public var similarity: SimilarityFunction = .dot

  /// Makes an encoder from its parts.
  ///
  /// - Parameters:
  ///   - tokenizer: turns queries into tokens; its `maximumLength` is the encoder's.
  ///   - table: the weight of each token.
  ///   - prompt: the text before each query, none by default.
  public init(tokenizer: Tokenizer, table: TermWeightTable, prompt: String = "") {
    self.tokenizer = tokenizer
    self.table = table
    self.prompt = prompt
    maximumLength = tokenizer.maximumLength
  }

  /// Loads the query side of a model folder, or the folder of a `SparseStaticEmbedding` alone.
  ///
  /// Of a model with a router the route of queries is taken; the document side is not read.
  ///
  /// - Throws: ``ModelError`` when the model's queries need a transformer, or when something is missing
  ///   or broken, saying what and where.
  public init(folder: URL) throws {
    guard let stages = try ModuleList.stages(of: folder) else {
      let stage = try StaticStage(folder: folder)
      self.init(tokenizer: stage.tokenizer, table: stage.table)
      return
    }
    let queryStages = try Self.queryStages(stages)
    guard queryStages.map(\.kind) == [.sparseStaticEmbedding] else {
      throw ModelError(
        .unsupported,
        "Queries of this model go through \(queryStages.map(\.kind.rawValue).joined(separator: ", ")), not through a table alone; load it with SparseEncoder.",
        at: FileLocation(path: folder.path))
    }
    let stage = try StaticStage(folder: queryStages[0].folder)
    let settings = try SentenceTransformersSettings(folder: folder)
    self.init(
      tokenizer: stage.tokenizer, table: stage.table, prompt: settings.prompt(for: .query))
    similarity = settings.similarity
    maxActiveDimensions = settings.maxActiveDimensions
  }

  /// The vector of one query.
  ///
  /// - Throws: `TextError` when the task was cancelled.
  public func encode(_ query: String) throws -> SparseVector { try encode(query, prompt: prompt) }

  private func encode(_ query: String, prompt: String) throws -> SparseVector {
    let input = TokenizerInput(prompt.isEmpty ? query : prompt + query)
    let batch = try tokenizer.encodeBatch(
      [input],
      options: TokenizationOptions(
        maximumLength: maximumLength ?? .max, addsSpecialTokens: false, threadCount: 1))
    let vector = table.vector(of: batch.tokenIDs)
    return maxActiveDimensions.map(vector.keepingLargest) ?? vector
  }

  private static func queryStages(_ stages: [StageDescription]) throws -> [StageDescription] {
    guard stages.count == 1, [.router, .asymmetric].contains(stages[0].kind) else { return stages }
    let router = try RouterConfiguration(folder: stages[0].folder)
    let route = try router.rules.route(task: TextRole.query.rawValue)
    return try router.stages(of: route, in: stages[0])
  }
}

extension StaticQueryEncoder: SparseEncoding {
  /// The size of the vocabulary, `V`.
  public var dimension: Int { table.count }

  /// The token a dimension stands for.
  public func term(_ index: TokenID) -> String? { tokenizer.vocabulary[index] }

  /// Encodes queries.
  ///
  /// - Throws: ``ModelError/Code/invalidArgument`` for documents, which need the model's document side.
  public func encode(
    _ texts: [String], role: TextRole, options: EncodingOptions
  ) throws -> SparseMatrix {
    guard role == .query else {
      throw ModelError(
        .invalidArgument,
        "A static query encoder encodes queries only; documents need the whole model, loaded with SparseEncoder."
      )
    }
    var result = SparseMatrix(columnCount: dimension)
    for text in texts {
      try Task.checkCancellation()
      let vector = try encode(text, prompt: options.prompt ?? prompt)
      try result.append(options.maxActiveDimensions.map(vector.keepingLargest) ?? vector)
    }
    return result
  }
}

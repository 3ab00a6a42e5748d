import Foundation
public import SparrowCore
public import SparrowModelFiles
public import SparrowNN
public import SparrowTensor
public import SparrowText

/// The trainable query side of an inference-free model: one weight for each token.
///
/// `e[b, v] = weight[v]` when text `b` has token `v`, else 0; how often does not matter. Special tokens
/// are not added. For serving alone there is `StaticQueryEncoder`, which needs no libtorch.
/// Source: Geng et al. 2024 (arXiv 2411.04403); reference class of the same name.
///
/// ```swift
/// let documents = try SpladeModel(folder: folder, pooling: SpladePooling(activation: .log1pRelu))
/// let table = try TermWeightTable(idfFile: idf, tokenizer: documents.tokenizer)
/// let queries = try SparseStaticEmbedding(tokenizer: documents.tokenizer, table: table)
/// let encoder = try SparseEncoder(queries: queries, documents: documents)
/// ```
public final class SparseStaticEmbedding: SparseModel {
  /// Turns texts into tokens.
  public let tokenizer: Tokenizer
  /// The longest text in tokens, beyond which it is cut; nil cuts none.
  public var maximumLength: Int?
  /// The weight of each token, `[V]`.
  public let weight: Parameter

  /// Makes a stage from a table.
  ///
  /// - Parameters:
  ///   - tokenizer: turns texts into tokens; its maximum length is the stage's.
  ///   - table: the first weight of each token; ones when nil, as in the reference.
  ///   - isFrozen: keeps training from changing the table; by default it is trained.
  /// - Throws: `ModelError` when the table has fewer weights than the tokenizer tokens.
  public init(
    tokenizer: Tokenizer, table: TermWeightTable? = nil, isFrozen: Bool = false
  ) throws {
    let tokenCount = tokenizer.vocabulary.count
    let weights = table?.weights ?? [Float](repeating: 1, count: tokenCount)
    guard tokenCount <= weights.count else {
      throw ModelError(
        .invalidArgument,
        "The table has \(weights.count) weights and the tokenizer \(tokenCount) tokens; they belong to different models."
      )
    }
    self.tokenizer = tokenizer
    maximumLength = tokenizer.maximumLength
    weight = try Parameter(
      name: StaticStage.weightName, tensor: Tensor(weights), isTrainable: !isFrozen)
  }

  /// Loads a stage's folder.
  convenience init(folder: URL) throws {
    let stage = try StaticStage(folder: folder)
    try self.init(tokenizer: stage.tokenizer, table: stage.table, isFrozen: stage.isFrozen)
  }

  /// The size of the vocabulary, `V`.
  public var dimension: Int { weight.tensor.count }

  /// Whether training leaves the table alone.
  public var isFrozen: Bool { !weight.isTrainable }

  /// The table as it is now.
  public func table() throws -> TermWeightTable {
    TermWeightTable(weights: try weight.tensor.values())
  }

  /// The one stage.
  public var stages: [ModelStage] {
    let weights = [NamedParameter(name: weight.name, parameter: weight)]
    return [
      ModelStage(
        kind: .sparseStaticEmbedding, identity: ObjectIdentifier(self), parameters: weights,
        write: save)
    ]
  }

  /// How texts become tokens: without special tokens, cut at the maximum length.
  public func tokenizationOptions(task: String?) -> TokenizationOptions {
    TokenizationOptions(maximumLength: maximumLength ?? .max, addsSpecialTokens: false)
  }

  /// The weights of several columns; `precision` and `dropout` make no difference.
  public func forward(
    _ columns: [TokenBatch], precision: ComputePrecision, dropout: DropoutStream?
  ) throws -> [Tensor] {
    try columns.map { column in
      var presence = [Float](repeating: 0, count: column.textCount * dimension)
      for text in 0..<column.textCount {
        for id in column.tokenIDs[column.range(ofText: text)] {
          presence[text * dimension + Int(id)] = 1
        }
      }
      return try Tensor(presence, shape: [column.textCount, dimension]) * weight.tensor  // [B, V]
    }
  }

  /// The weights of texts as sparse rows, by looking them up.
  public func encode(_ batch: TokenBatch, options: InferenceOptions) throws -> SparseMatrix {
    let table = try table()
    let rows = (0..<batch.textCount).map { text in
      let vector = table.vector(of: batch.tokenIDs[batch.range(ofText: text)])
      return options.maxActiveDimensions.map(vector.keepingLargest) ?? vector
    }
    return try SparseMatrix(columnCount: dimension, rows: rows)
  }

  private func save(to folder: URL) throws {
    try tokenizer.save(toFolder: folder, maximumLength: maximumLength)
    try SafetensorsWriter.write(
      [(weight.storedName, weight.tensor)],
      to: folder.appendingPathComponent(StaticStage.weightFileName))
    let configuration: JSONValue = ["frozen": .bool(isFrozen)]
    try AtomicFile.write(
      configuration.data(JSONFormat(indent: 4)), to: folder.appendingPathComponent("config.json"))
  }
}

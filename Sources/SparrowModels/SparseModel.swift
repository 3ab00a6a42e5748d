public import Foundation
public import SparrowCore
package import SparrowModelFiles
public import SparrowNN
public import SparrowTensor
public import SparrowText

/// One way from text to sparse vectors: what a ``SparseEncoder`` runs for a text.
///
/// ``SpladeModel`` expands texts by a transformer, ``SparseStaticEmbedding`` looks their tokens up,
/// ``CSRModel`` makes a dense encoder's vectors sparse.
/// An encoder has one such model for all texts, or a router with one for each of its routes.
public protocol SparseModel: AnyObject {
  /// Turns texts into tokens.
  var tokenizer: Tokenizer { get }
  /// The longest text in tokens, beyond which it is cut; nil cuts none.
  var maximumLength: Int? { get set }
  /// The size of the vectors, `V`.
  var dimension: Int { get }
  /// The stages in order, as the list of modules names them.
  var stages: [ModelStage] { get }
  /// What looks wrong without being an error, in full sentences.
  var warnings: [String] { get }

  /// How texts of a task become tokens.
  ///
  /// - Parameter task: `query`, `document`, another route's name, or nil.
  /// - Returns: the limit of length, and whether special tokens are added.
  func tokenizationOptions(task: String?) -> TokenizationOptions

  /// The vectors of several columns of texts, each `[B, V]` float32, recorded when gradients are on.
  ///
  /// Nothing is dropped when `dropout` is nil.
  func forward(
    _ columns: [TokenBatch], precision: ComputePrecision, dropout: DropoutStream?
  ) throws -> [Tensor]

  /// The vectors of texts as sparse rows, without recording.
  ///
  /// - Parameters:
  ///   - batch: the texts' tokens.
  ///   - options: how they are encoded.
  /// - Returns: one row for each text.
  /// - Throws: `ModelError` when a text has more tokens than the model has positions.
  func encode(_ batch: TokenBatch, options: InferenceOptions) throws -> SparseMatrix

  /// How many tokens of a text belong to a prompt that stands before it, as far as the model cares.
  func promptTokenCount(_ prompt: String) -> Int

  /// The term a dimension stands for, nil when it has no name.
  func term(_ index: TokenID) -> String?
}

extension SparseModel {
  /// The token a dimension stands for.
  public func term(_ index: TokenID) -> String? { tokenizer.vocabulary[index] }

  /// None.
  public var warnings: [String] { [] }

  /// 0: prompts count like the text itself.
  public func promptTokenCount(_ prompt: String) -> Int { 0 }

  /// Turns texts of a task into tokens.
  func tokenize(_ inputs: [TokenizerInput], task: String?) throws -> TokenBatch {
    try tokenizer.encodeBatch(inputs, options: tokenizationOptions(task: task))
  }
}

/// How a batch is encoded.
public struct InferenceOptions: Sendable, Hashable {
  /// The number format of the computation.
  public var precision: ComputePrecision
  /// Keep at most this many weights a text, the largest; nil keeps all.
  public var maxActiveDimensions: Int?
  /// How many tokens of each text belong to a prompt, which some models leave out of their vectors.
  public var promptTokenCount: Int

  /// Makes options; the defaults are the reference's numbers without limit or prompt.
  public init(
    precision: ComputePrecision = .float32, maxActiveDimensions: Int? = nil,
    promptTokenCount: Int = 0
  ) {
    self.precision = precision
    self.maxActiveDimensions = maxActiveDimensions
    self.promptTokenCount = promptTokenCount
  }
}

/// One stage of a model: its parameters, and how it is written.
public struct ModelStage {
  /// The dotted class name in the list of modules.
  public let typeName: String
  /// Equal for one stage that several routes share; nil for stages without weights.
  public let identity: ObjectIdentifier?
  /// The parameters, under their names within the stage.
  public let parameters: [NamedParameter]
  /// Writes the stage's files into a folder, which exists.
  public let write: (URL) throws -> Void

  /// Makes a stage; one without weights needs neither identity nor parameters.
  package init(
    kind: StageKind, identity: ObjectIdentifier? = nil, parameters: [NamedParameter] = [],
    write: @escaping (URL) throws -> Void
  ) {
    typeName = kind.typeName
    self.identity = identity
    self.parameters = parameters
    self.write = write
  }

  /// The last part of the class name, which names the stage's folder.
  var className: String { typeName.split(separator: ".").last.map(String.init) ?? typeName }
}

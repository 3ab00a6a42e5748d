public import Foundation
import SparrowCore
public import SparrowModelFiles
public import SparrowNN
public import SparrowTensor
public import SparrowText

/// A cross-encoder: reads a query and a document together and says how well they match.
///
/// Much slower than comparing vectors, and better: it reranks the best hits of a first stage. Loads
/// `*ForSequenceClassification` folders of all known families. Not `Sendable`: one task owns it.
///
/// ```swift
/// let encoder = try CrossEncoder(folder: folder)
/// for hit in try encoder.rerank("wireless router", documents, count: 10) {
///   print(hit.score, documents[hit.index])
/// }
/// ```
public final class CrossEncoder {
  /// A document's place in the list that was given, and its score.
  public struct Hit: Sendable, Hashable {
    /// The place in the list of documents.
    public let index: Int
    /// The score, higher for better matches.
    public let score: Float
  }

  /// Tokenizer and weights.
  public let transformerStage: TransformerStage
  /// Encoder and head.
  public let classifier: SequenceClassifier
  /// What turns numbers into scores.
  public var activation: ScoreActivation
  /// Prompts, as saved with the model; the default one goes before queries.
  public var settings: SentenceTransformersSettings
  /// The number format of inference; the default is float32, the reference's numbers.
  public var precision: ComputePrecision = .float32

  /// Loads a model folder.
  ///
  /// - Parameters:
  ///   - folder: a Hugging Face folder of a sequence classifier, or a Sentence Transformers folder of a
  ///     cross-encoder.
  ///   - initializesHead: puts a fresh head with one label on an encoder, to be trained; by default an
  ///     absent head is an error.
  /// - Throws: `ModelError` and errors of the files, saying what is missing or broken, and where.
  public init(folder: URL, initializesHead: Bool = false) throws {
    let stageFolder = try Self.transformerFolder(of: folder, needsHead: !initializesHead)
    let settings = try TransformerSettings(folder: stageFolder)
    let stage = try TransformerStage(folder: stageFolder, settings: settings)
    let hasHead = stage.architectures.contains { $0.hasSuffix("ForSequenceClassification") }
    guard hasHead || initializesHead else {
      throw ModelError(
        .unsupported,
        "A cross-encoder needs a classification head, such as BertForSequenceClassification has; found \(stage.architectures). Ask for a fresh head to train one.",
        at: FileLocation(
          path: stageFolder.appendingPathComponent("config.json").path, item: "architectures"))
    }
    classifier = try stage.family.makeClassifier(
      stage.scope, labelCount: hasHead ? stage.labelCount : 1, initializesHead: !hasHead)
    transformerStage = stage
    self.settings = try SentenceTransformersSettings(folder: folder)
    let usual: ScoreActivation = classifier.labelCount == 1 ? .sigmoid : .identity
    activation = try Self.storedActivation(folder, stage) ?? usual
  }

  /// What the folder had that looks wrong without being an error, in full sentences.
  public var warnings: [String] { transformerStage.warnings }

  /// All parameters, under the names they have within the whole model.
  public var namedParameters: [NamedParameter] {
    transformerStage.stage(.sequenceClassification).parameters.map {
      NamedParameter(name: "0.\($0.name)", parameter: $0.parameter)
    }
  }

  /// The longest pair in tokens, special tokens counted, beyond which the longer text is cut; nil cuts
  /// none.
  public var maximumLength: Int? {
    get { transformerStage.maximumLength }
    set { transformerStage.maximumLength = newValue }
  }

  /// Turns pairs of texts into tokens.
  public func tokenize(_ pairs: [TokenizerInput]) throws -> TokenBatch {
    try transformerStage.tokenizer.encodeBatch(
      pairs, options: transformerStage.tokenizationOptions(task: nil))
  }

  /// The numbers of pairs before the activation, `[B, labels]` float32, recorded when gradients are on.
  ///
  /// - Parameters:
  ///   - batch: the pairs' tokens.
  ///   - precision: the number format of the computation.
  ///   - dropout: the random stream of a training step; nil drops nothing.
  /// - Returns: one row for each pair.
  /// - Throws: `ModelError` when a pair has more tokens than the model has positions.
  public func forward(
    _ batch: TokenBatch, precision: ComputePrecision, dropout: DropoutStream? = nil
  ) throws -> Tensor {
    try transformerStage.check(batch)
    guard batch.tokenCount > 0 else {
      return try Tensor.zeros([batch.textCount, classifier.labelCount])
    }
    let tokens = try PackedTokens(batch, roundsUp: precision.roundsRowCounts)
    return try classifier(tokens, precision: precision, dropout: dropout)
  }
}

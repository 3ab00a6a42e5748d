public import Foundation
public import SparrowCore
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
public final class CrossEncoder: RelevanceScorer {
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
  /// - Throws: ``ModelError`` and errors of the files, saying what is missing or broken, and where.
  public init(folder: URL, initializesHead: Bool = false) throws {
    let stageFolder = try Self.transformerFolder(of: folder)
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
  /// - Throws: ``ModelError`` when a pair has more tokens than the model has positions.
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

  /// The scores of pairs of texts, one for each label.
  ///
  /// - Parameters:
  ///   - pairs: queries with their documents.
  ///   - progress: receives reports while scoring.
  /// - Returns: row `i` belongs to `pairs[i]`.
  /// - Throws: `CancellationError` when the task is cancelled, or an error of the model.
  public func scores(
    _ pairs: [TokenizerInput], progress: ProgressReporter? = nil
  ) throws -> [[Float]] {
    var result = [[Float]](repeating: [], count: pairs.count)
    var completed = 0
    var windows = TextWindows(
      pairs, prompt: settings.prompt(for: nil), tokenizer: transformerStage.tokenizer,
      options: transformerStage.tokenizationOptions(task: nil))
    while let window = try windows.next() {
      for batch in window.batches {
        try Task.checkCancellation()
        let numbers = try withoutGradients {
          let logits = try forward(
            window.tokens.selectingTexts(batch), precision: precision)
          return try activation == .sigmoid ? logits.sigmoid() : logits  // [B, labels]
        }
        let values = try numbers.values(as: Float.self)
        let labelCount = classifier.labelCount
        for (row, text) in batch.enumerated() {
          result[window.start + text] = Array(values[(row * labelCount)..<((row + 1) * labelCount)])
        }
        completed += batch.count
        progress?(
          ProgressUpdate(
            activity: "Scoring pairs", completed: completed, total: pairs.count, unit: "pairs"))
      }
    }
    return result
  }

  /// How well each document matches the query at its place, to rerank or to teach.
  ///
  /// - Throws: ``ModelError/Code/unsupported`` when the model has several labels, or an error of the
  ///   model.
  public func scores(
    queries: [String], documents: [String], progress: ProgressReporter? = nil
  ) throws -> [Float] {
    guard classifier.labelCount == 1 else {
      throw ModelError(
        .unsupported,
        "One score a pair needs a model with one label; this one has \(classifier.labelCount) labels. Use scores(_:) and choose a label."
      )
    }
    let pairs = zip(queries, documents).map { TokenizerInput($0, pair: $1) }
    return try scores(pairs, progress: progress).map { $0[0] }
  }

  /// Sorts documents by how well they match a query, best first; of equal ones the earlier.
  ///
  /// - Parameters:
  ///   - query: the search request.
  ///   - documents: what a first stage found.
  ///   - count: the most hits to return; nil returns all.
  ///   - progress: receives reports while scoring.
  /// - Returns: the documents' places with their scores.
  /// - Throws: ``ModelError/Code/unsupported`` when the model has several labels, or an error of the
  ///   model.
  public func rerank(
    _ query: String, _ documents: [String], count: Int? = nil, progress: ProgressReporter? = nil
  ) throws -> [Hit] {
    let scores = try scores(
      queries: documents.map { _ in query }, documents: documents, progress: progress)
    let hits = scores.enumerated().map { Hit(index: $0.offset, score: $0.element) }
    let order = hits.sorted { left, right in
      left.score != right.score ? left.score > right.score : left.index < right.index
    }
    return Array(order.prefix(count ?? order.count))
  }
}

// MARK: - Files

extension CrossEncoder {
  /// The folder of the one stage that a cross-encoder has.
  private static func transformerFolder(of folder: URL) throws -> URL {
    guard let stages = try ModuleList.stages(of: folder) else { return folder }
    guard stages.map(\.kind) == [.transformer] else {
      throw ModelError(
        .unsupported,
        "The modules \(stages.map(\.kind.rawValue).joined(separator: ", ")) are no cross-encoder that Sparrow knows; known: Transformer alone.",
        at: FileLocation(path: folder.path))
    }
    return stages[0].folder
  }

  /// The activation that new or old files state, nil when they state none.
  private static func storedActivation(
    _ folder: URL, _ stage: TransformerStage
  ) throws -> ScoreActivation? {
    let url = folder.appendingPathComponent("config_sentence_transformers.json")
    var stated: JSONValue?
    if FileManager.default.fileExists(atPath: url.path) {
      stated = try JSONValue(contentsOf: url)["activation_fn"]
    }
    guard let name = (stated ?? stage.storedActivation)?.string else { return nil }
    guard let activation = ScoreActivation.allCases.first(where: { $0.matches(name) }) else {
      let known = ScoreActivation.allCases.map(\.rawValue).joined(separator: ", ")
      throw ModelError(
        .unsupported, "The activation '\(name)' is not known; known ones: \(known).",
        at: FileLocation(path: folder.path))
    }
    return activation
  }

  /// Saves the model in the reference's layout.
  ///
  /// - Throws: ``ModelError`` or `CoreError` when a file cannot be written; files that were there are
  ///   then still whole.
  public func save(to folder: URL) throws {
    let stage = transformerStage.stage(
      .sequenceClassification, labelCount: classifier.labelCount)
    var settings = settings.json(modelType: "CrossEncoder")
    settings["activation_fn"] = .string(activation.rawValue)
    try ModelFolder.make(folder)
    try ModelFolder.write(
      .object(settings.sortedByKey), indent: 2, to: folder, "config_sentence_transformers.json")
    try stage.write(folder)
    try ModelFolder.write(
      [["idx": 0, "name": "0", "path": "", "type": .string(stage.typeName)]], indent: 2, to: folder,
      "modules.json")
  }
}

extension ScoreActivation {
  /// Whether a class name, short or long, stands for this activation.
  fileprivate func matches(_ name: String) -> Bool {
    func className(_ name: String) -> Substring? { name.split(separator: ".").last }
    return name.hasPrefix("torch.") && className(name) == className(rawValue)
  }
}

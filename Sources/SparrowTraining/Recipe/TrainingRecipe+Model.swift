import Foundation
public import SparrowCore
import SparrowData
public import SparrowModelFiles
public import SparrowModels
import SparrowText

extension TrainingRecipe {
  /// The model to start from: a folder, and what is built on it.
  ///
  /// ```yaml
  /// model: .models/splade-tiny                          # as it is
  /// model: {path: .models/bert, initialize_head: true}  # SPLADE with a fresh masked-LM head
  /// model:                                              # inference-free SPLADE
  ///   path: .models/splade-tiny
  ///   pooling: {activation_function: log1p_relu}
  ///   static_queries: {idf: idf.json, learning_rate: 1.0e-3}
  /// model:                                              # CSR
  ///   path: .models/all-MiniLM-L6-v2
  ///   sparse_auto_encoder: {k: 32}
  /// model: {path: .models/all-MiniLM-L6-v2, cross_encoder: true}  # scores pairs, to rerank
  /// ```
  public struct Model: Sendable, Hashable {
    /// The folder.
    public var path: String
    /// The longest text in tokens; nil keeps the model's own.
    public var maximumLength: Int?
    /// How vectors are compared, also in the saved model; nil keeps the model's own.
    public var similarity: SimilarityFunction?
    /// Creates a masked-LM head when the weights have none; false by default.
    public var initializesHead = false
    /// The SPLADE head; nil keeps the folder's.
    public var pooling: SpladePooling?
    /// A table that encodes queries instead of the folder's SPLADE model; nil for none.
    public var staticQueries: StaticQueries?
    /// The shape of a fresh autoencoder behind the folder's dense encoder; nil for none.
    public var autoEncoder: AutoEncoder?
    /// Makes a cross-encoder, with a fresh head when the folder has none; false by default.
    public var isCrossEncoder = false

    init(_ value: JSONValue) throws(TrainingError) {
      if let path = value.string {
        self.path = path
        return
      }
      var reader = try SettingsReader(value, section: "model")
      path = try reader.requiredText("path")
      maximumLength = try reader.count("max_seq_length", from: 1)
      similarity = try reader.choice("similarity_fn_name")
      initializesHead = try reader.flag("initialize_head") ?? false
      if let value = reader.value("pooling") { pooling = try Self.pooling(value) }
      if let value = reader.value("static_queries") { staticQueries = try StaticQueries(value) }
      if let value = reader.value("sparse_auto_encoder") { autoEncoder = try AutoEncoder(value) }
      isCrossEncoder = try reader.flag("cross_encoder") ?? false
      try reader.finish()
      try checkCrossEncoder()
      guard autoEncoder == nil || (staticQueries == nil && pooling == nil && !initializesHead)
      else {
        throw TrainingError(
          .invalidArgument,
          "'model.sparse_auto_encoder' of the recipe makes a CSR model of a dense encoder; 'model.static_queries', 'model.pooling' and 'model.initialize_head' are for SPLADE. Leave one side out."
        )
      }
    }

    private static func pooling(_ value: JSONValue) throws(TrainingError) -> SpladePooling {
      var reader = try SettingsReader(value, section: "model.pooling")
      let pooling = SpladePooling(
        strategy: try reader.choice("pooling_strategy") ?? .max,
        activation: try reader.choice("activation_function") ?? .relu)
      try reader.finish()
      return pooling
    }
  }
}

extension TrainingRecipe.Model {
  /// The table of query weights of an inference-free model.
  public struct StaticQueries: Sendable, Hashable {
    /// Where the first weights come from.
    public enum Source: Sendable, Hashable {
      /// Every token weighs 1.
      case ones
      /// A JSON object of tokens and weights.
      case idfFile(path: String)
      /// Document frequencies of a BEIR folder.
      case collection(path: String)
    }

    /// Where the first weights come from.
    public var source = Source.ones
    /// Keeps training from changing the table; false by default.
    public var isFrozen = false
    /// The learning rate of the table, 1e-3 by default: it learns with few gradients a weight.
    public var learningRate = standardLearningRate

    /// The reference's recommendation.
    private static let standardLearningRate = 1e-3
    /// What the table's name matches among the parameters of the whole model.
    static let namePattern = #"sub_modules\.query\.0\.weight"#

    init(_ value: JSONValue) throws(TrainingError) {
      var reader = try SettingsReader(value, section: "model.static_queries")
      let idf = try reader.text("idf")
      let collection = try reader.text("collection")
      isFrozen = try reader.flag("frozen") ?? false
      learningRate = try reader.number("learning_rate") ?? learningRate
      try reader.finish()
      guard learningRate >= 0 else {
        throw reader.refuse("learning_rate", "a number from 0", .number(learningRate))
      }
      switch (idf, collection) {
      case (nil, nil): break
      case (let path?, nil): source = .idfFile(path: path)
      case (nil, let path?): source = .collection(path: path)
      case (_?, let path?):
        throw reader.refuse("collection", "to stand without 'idf'", .string(path))
      }
    }

    func table(for tokenizer: Tokenizer) throws -> TermWeightTable? {
      switch source {
      case .ones: return nil
      case .idfFile(let path):
        return try TermWeightTable(idfFile: URL(fileURLWithPath: path), tokenizer: tokenizer)
      case .collection(let path):
        let documents = try BEIRCollection(folder: URL(fileURLWithPath: path)).loadDocuments()
        return try TermWeightTable(
          inverseDocumentFrequenciesOf: documents.lazy.map(\.content), tokenizer: tokenizer)
      }
    }
  }

  /// The shape of a fresh autoencoder; what is not given follows from the size of the dense vectors.
  public struct AutoEncoder: Sendable, Hashable {
    /// The number of latents, 4 for each dimension by default.
    public var latentCount: Int?
    /// How many latents of a text are kept, a quarter of the dimensions by default.
    public var activeCount: Int?
    /// How many dead latents take part in training, half the dimensions by default.
    public var auxiliaryCount: Int?
    /// Whether vectors are brought to mean 0 and deviation 1 first; false by default.
    public var normalizesInput: Bool?
    /// After so many selections without it a latent counts as dead, 30 by default.
    public var deadThreshold: Int?

    init(_ value: JSONValue) throws(TrainingError) {
      var reader = try SettingsReader(value, section: "model.sparse_auto_encoder")
      latentCount = try reader.count("hidden_dim", from: 1)
      activeCount = try reader.count("k", from: 1)
      auxiliaryCount = try reader.count("k_aux")
      normalizesInput = try reader.flag("normalize")
      deadThreshold = try reader.count("dead_threshold")
      try reader.finish()
    }

    func configuration(inputDimension: Int) -> SparseAutoEncoderConfiguration {
      var shape = SparseAutoEncoderConfiguration.standard(inputDimension: inputDimension)
      shape.latentCount = latentCount ?? shape.latentCount
      shape.activeCount = activeCount ?? shape.activeCount
      shape.auxiliaryCount = auxiliaryCount ?? shape.auxiliaryCount
      shape.normalizesInput = normalizesInput ?? shape.normalizesInput
      shape.deadThreshold = deadThreshold ?? shape.deadThreshold
      return shape
    }
  }

  /// Loads the folder and builds what is asked for on it.
  ///
  /// A fresh head or autoencoder draws its weights while it is made.
  ///
  /// - Returns: the model, with the prompts of its folder.
  /// - Throws: errors of the folder's files, and ``TrainingError/Code/invalidArgument`` when the
  ///   folder's model is not one that can be built upon.
  public func makeEncoder() throws -> SparseEncoder {
    let folder = URL(fileURLWithPath: path, isDirectory: true)
    let encoder: SparseEncoder
    if let autoEncoder {
      encoder = try makeCSR(DenseEncoder(folder: folder), autoEncoder)
    } else {
      // A folder that pools its states loads as CSR; with a fresh head it is to be SPLADE.
      let loaded =
        try initializesHead && Self.isDense(folder)
        ? SparseEncoder(SpladeModel(folder: folder, initializesHead: true))
        : SparseEncoder(folder: folder, initializesHead: initializesHead)
      encoder = try staticQueries.map { try makeInferenceFree(loaded, $0) } ?? loaded
    }
    if let pooling { try splade(of: encoder, key: "pooling").pooling = pooling }
    if let maximumLength { encoder.maximumLength = maximumLength }
    if let similarity { encoder.settings.similarity = similarity }
    return encoder
  }

  /// Whether a folder lists stages that end in dense vectors.
  private static func isDense(_ folder: URL) throws -> Bool {
    guard let last = try ModuleList.stages(of: folder)?.last else { return false }
    return [.pooling, .normalize, .dense].contains(last.kind)
  }

  private func makeCSR(_ dense: DenseEncoder, _ shape: AutoEncoder) throws -> SparseEncoder {
    let configuration = shape.configuration(inputDimension: dense.dimension)
    let encoder = SparseEncoder(
      try CSRModel(dense: dense.model, autoEncoder: SparseAutoEncoder(configuration)),
      warnings: [
        "The dimensions of a CSR model have no names, so that hits cannot be explained by terms."
      ])
    encoder.settings.prompts = dense.settings.prompts
    encoder.settings.defaultPromptName = dense.settings.defaultPromptName
    return encoder
  }

  private func makeInferenceFree(
    _ loaded: SparseEncoder, _ queries: StaticQueries
  ) throws -> SparseEncoder {
    let documents = try splade(of: loaded, key: "static_queries")
    let encoder = try SparseEncoder(
      queries: SparseStaticEmbedding(
        tokenizer: documents.tokenizer, table: queries.table(for: documents.tokenizer),
        isFrozen: queries.isFrozen),
      documents: documents)
    encoder.settings = loaded.settings
    return encoder
  }

  /// The SPLADE model that encodes documents.
  private func splade(of encoder: SparseEncoder, key: String) throws -> SpladeModel {
    guard let model = try encoder.model(for: .document) as? SpladeModel else {
      throw TrainingError(
        .invalidArgument,
        "'model.\(key)' of the recipe needs a SPLADE model, and '\(path)' is none. For a dense encoder there are 'model.sparse_auto_encoder' and 'model.initialize_head'."
      )
    }
    return model
  }
}

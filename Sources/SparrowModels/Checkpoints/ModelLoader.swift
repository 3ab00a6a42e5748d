import Foundation
import SparrowCore
import SparrowModelFiles

/// Builds the models of a folder from its list of stages.
///
/// A stage that two routes of a router share is loaded once.
struct ModelLoader {
  private let folder: URL
  private let initializesHead: Bool
  private var maskedLanguageModels: [URL: (TransformerStage, any MaskedLanguageModel)] = [:]
  private var encoders: [URL: (TransformerStage, any TransformerEncoder)] = [:]
  private var autoEncoders: [URL: SparseAutoEncoder] = [:]
  private var tables: [URL: SparseStaticEmbedding] = [:]
  /// What looks wrong in the folder without being an error, in full sentences.
  private(set) var warnings: [String] = []

  /// Makes a loader.
  ///
  /// - Parameters:
  ///   - folder: a Sentence Transformers folder, or a Hugging Face folder.
  ///   - initializesHead: creates a fresh masked-LM head when the weights have none.
  init(folder: URL, initializesHead: Bool = false) {
    self.folder = folder
    self.initializesHead = initializesHead
  }

  /// Loads the folder's models.
  ///
  /// A list with sparse stages is taken for a sparse encoder whatever `model_type` says; the
  /// reference turns such a folder into another model without saying so.
  mutating func load() throws -> EncoderRoutes {
    let routes = try loadRoutes()
    for warning in routes.models.flatMap(\.warnings) where !warnings.contains(warning) {
      warnings.append(warning)
    }
    let dimensions = routes.models.map(\.dimension)
    if let first = dimensions.first, dimensions.contains(where: { $0 != first }) {
      let sizes = zip(routes.names, dimensions).map { "\($0) \($1)" }.joined(separator: ", ")
      warnings.append(
        "The routes give vectors of different sizes (\(sizes)), which cannot be compared.")
    }
    return routes
  }

  /// Loads a folder without sparse stages.
  mutating func loadDense() throws -> DenseModel {
    guard let stages = try ModuleList.stages(of: folder) else {
      return try plainDenseModel()
    }
    guard let model = try denseModel(stages) else { throw unknown(stages) }
    return model
  }

  private mutating func loadRoutes() throws -> EncoderRoutes {
    guard try initializesHead || !CrossEncoder.recognizes(folder) else {
      throw ModelError(
        .unsupported,
        "The folder holds a cross-encoder, which scores pairs of texts and gives no vectors. Load it with CrossEncoder(folder:), use it by 'sparrow rerank', and train it with 'model.cross_encoder: true' in the recipe.",
        at: FileLocation(path: folder.path))
    }
    guard let stages = try ModuleList.stages(of: folder) else { return .single(try plainModel()) }
    guard stages.count == 1, [.router, .asymmetric].contains(stages[0].kind) else {
      return .single(try model(of: stages))
    }
    let configuration = try RouterConfiguration(folder: stages[0].folder)
    warnings += configuration.warnings
    var models: [any SparseModel] = []
    for route in configuration.rules.routeNames {
      models.append(try model(of: configuration.stages(of: route, in: stages[0])))
    }
    return .router(configuration.rules, models)
  }

  private mutating func model(of stages: [StageDescription]) throws -> any SparseModel {
    switch stages.map(\.kind) {
    case [.transformer, .spladePooling], [.maskedLanguageTransformer, .spladePooling]:
      let settings = try transformerSettings(of: stages[0], task: .fillMask)
      let (stage, transformer) = try maskedLanguageModel(stages[0].folder, settings)
      let (object, path) = try configuration(of: stages[1])
      return SpladeModel(
        stage: stage, transformer: transformer, pooling: try SpladePooling(object, path: path))
    case [.sparseStaticEmbedding]:
      let url = stages[0].folder
      let table = try tables[url] ?? SparseStaticEmbedding(folder: url)
      tables[url] = table
      return table
    default:
      let last = stages[stages.count - 1]
      let isSparse = last.kind == .sparseAutoEncoder
      guard let dense = try denseModel(isSparse ? stages.dropLast() : stages[...]) else {
        throw unknown(stages)
      }
      guard isSparse else { return try freshCSR(dense, .standard(inputDimension: dense.dimension)) }
      let autoEncoder =
        try autoEncoders[last.folder]
        ?? SparseAutoEncoder(folder: last.folder, width: dense.dimension)
      autoEncoders[last.folder] = autoEncoder
      return try CSRModel(dense: dense, autoEncoder: autoEncoder)
    }
  }

  /// A dense model with a random autoencoder behind it.
  private mutating func freshCSR(
    _ dense: DenseModel, _ configuration: SparseAutoEncoderConfiguration
  ) throws -> CSRModel {
    warnings.append(
      "The folder is a dense encoder; a sparse autoencoder with random weights (\(configuration.latentCount) latents, \(configuration.activeCount) active) was put behind it. Train it before use. Its dimensions have no names, so that hits cannot be explained by terms."
    )
    return try CSRModel(dense: dense, autoEncoder: SparseAutoEncoder(configuration))
  }

  private func unknown(_ stages: [StageDescription]) -> ModelError {
    ModelError(
      .unsupported,
      "The modules \(stages.map(\.kind.rawValue).joined(separator: ", ")) are no model that Sparrow knows; known: Transformer, SpladePooling; SparseStaticEmbedding; Transformer, Pooling with any Dense and Normalize and a SparseAutoEncoder; Router with such routes.",
      at: FileLocation(path: folder.path))
  }
}

// MARK: - Stages

extension ModelLoader {
  private mutating func maskedLanguageModel(
    _ stageFolder: URL, _ settings: TransformerSettings
  ) throws -> (TransformerStage, any MaskedLanguageModel) {
    if let known = maskedLanguageModels[stageFolder] { return known }
    let stage = try TransformerStage(folder: stageFolder, settings: settings)
    let transformer = try stage.family.makeMaskedLanguageModel(
      stage.scope, initializesHead: initializesHead)
    maskedLanguageModels[stageFolder] = (stage, transformer)
    return (stage, transformer)
  }

  private mutating func encoder(
    _ stageFolder: URL, _ settings: TransformerSettings
  ) throws -> (TransformerStage, any TransformerEncoder) {
    if let known = encoders[stageFolder] { return known }
    let stage = try TransformerStage(folder: stageFolder, settings: settings)
    let transformer = try stage.family.makeHeadlessModel(stage.scope)
    encoders[stageFolder] = (stage, transformer)
    return (stage, transformer)
  }

  /// A dense model of a transformer, a pooling and what follows it; nil for other lists.
  private mutating func denseModel(
    _ stages: some BidirectionalCollection<StageDescription>
  ) throws -> DenseModel? {
    let stages = Array(stages)
    guard stages.count >= 2, stages[0].kind == .transformer, stages[1].kind == .pooling,
      stages.dropFirst(2).allSatisfy({ [.dense, .normalize].contains($0.kind) })
    else { return nil }
    let settings = try transformerSettings(of: stages[0], task: .featureExtraction)
    let (stage, transformer) = try encoder(stages[0].folder, settings)
    let (object, path) = try configuration(of: stages[1])
    let pooling = try Pooling(object, path: path, width: transformer.hiddenSize)
    var width = pooling.dimension
    var steps: [DenseModel.Step] = []
    for description in stages.dropFirst(2) {
      if description.kind == .normalize {
        steps.append(.normalize)
      } else {
        let layer = try DenseLayer(folder: description.folder, width: width)
        width = layer.dimension
        steps.append(.layer(layer))
      }
    }
    return DenseModel(stage: stage, transformer: transformer, pooling: pooling, steps: steps)
  }

  /// The settings of a transformer stage, which must give what the stage after it needs.
  private func transformerSettings(
    of description: StageDescription, task: TransformerTask
  ) throws -> TransformerSettings {
    let settings = try TransformerSettings(folder: description.folder)
    let found =
      settings.task
      ?? (description.kind == .maskedLanguageTransformer ? .fillMask : .featureExtraction)
    guard found == task else {
      throw ModelError(
        .unsupported,
        "The transformer gives \(found.outputDescription) (task \(found.rawValue)), and the stage after it needs \(task.outputDescription); set \"transformer_task\": \"\(task.rawValue)\".",
        at: FileLocation(path: description.folder.path, item: "sentence_bert_config.json"))
    }
    return settings
  }

  /// A later stage's `config.json`, empty when it has none.
  private func configuration(
    of stage: StageDescription
  ) throws -> (object: JSONObject, path: String) {
    let url = stage.folder.appendingPathComponent("config.json")
    let exists = FileManager.default.fileExists(atPath: url.path)
    guard let object = exists ? try JSONValue(contentsOf: url).object : JSONObject() else {
      throw ModelError(
        .invalidConfiguration, "Expected an object.", at: FileLocation(path: url.path))
    }
    return (object, url.path)
  }
}

// MARK: - Folders without a list of modules

extension ModelLoader {
  /// SPLADE for a masked-LM model, or when a fresh head is asked for; else CSR.
  private mutating func plainModel() throws -> any SparseModel {
    guard try isMaskedLanguageModel() || initializesHead else {
      let dense = try plainDenseModel()
      let width = dense.dimension
      var configuration = SparseAutoEncoderConfiguration.standard(inputDimension: width)
      configuration.activeCount = min(256, width)
      configuration.auxiliaryCount = min(512, configuration.latentCount)
      return try freshCSR(dense, configuration)
    }
    let (stage, transformer) = try maskedLanguageModel(folder, TransformerSettings())
    return SpladeModel(stage: stage, transformer: transformer, pooling: SpladePooling())
  }

  private mutating func plainDenseModel() throws -> DenseModel {
    let (stage, transformer) = try encoder(folder, TransformerSettings())
    return DenseModel(
      stage: stage, transformer: transformer,
      pooling: Pooling(inputDimension: transformer.hiddenSize), steps: [])
  }

  private func isMaskedLanguageModel() throws -> Bool {
    let url = folder.appendingPathComponent("config.json")
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw ModelError(
        .missing,
        "The folder has neither modules.json nor config.json; it is no model folder.",
        at: FileLocation(path: folder.path))
    }
    let architectures = try JSONValue(contentsOf: url)["architectures"]?.array ?? []
    return architectures.contains { $0.string?.hasSuffix("ForMaskedLM") == true }
  }
}

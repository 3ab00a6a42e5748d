import Foundation
import SparrowCore
import SparrowModelFiles

/// Builds the models of a folder from its list of stages.
///
/// A stage that two routes of a router share is loaded once.
struct ModelLoader {
  private let folder: URL
  private let initializesHead: Bool
  private var transformers: [URL: (TransformerStage, any MaskedLanguageModel)] = [:]
  private var tables: [URL: SparseStaticEmbedding] = [:]
  /// What looks wrong in the folder without being an error, in full sentences.
  private(set) var warnings: [String] = []

  /// Makes a loader.
  ///
  /// - Parameters:
  ///   - folder: a Sentence Transformers folder, or a Hugging Face folder of a masked-LM model.
  ///   - initializesHead: creates a fresh masked-LM head when the weights have none.
  init(folder: URL, initializesHead: Bool) {
    self.folder = folder
    self.initializesHead = initializesHead
  }

  /// Loads the folder's models.
  ///
  /// A list with sparse stages is taken for a sparse encoder whatever `model_type` says; the
  /// reference turns such a folder into another model without saying so.
  mutating func load() throws -> EncoderRoutes {
    let routes = try loadRoutes()
    for (stage, _) in transformers.values { warnings += stage.warnings }
    let dimensions = routes.models.map(\.dimension)
    if let first = dimensions.first, dimensions.contains(where: { $0 != first }) {
      let sizes = zip(routes.names, dimensions).map { "\($0) \($1)" }.joined(separator: ", ")
      warnings.append(
        "The routes give vectors of different sizes (\(sizes)), which cannot be compared.")
    }
    return routes
  }

  private mutating func loadRoutes() throws -> EncoderRoutes {
    guard let stages = try ModuleList.stages(of: folder) else {
      try checkPlainFolder()
      let (stage, transformer) = try maskedLanguageModel(folder, TransformerSettings())
      return .single(
        SpladeModel(stage: stage, transformer: transformer, pooling: SpladePooling()))
    }
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
    let kinds = stages.map(\.kind)
    switch kinds {
    case [.transformer, .spladePooling], [.maskedLanguageTransformer, .spladePooling]:
      let (stage, transformer) = try maskedLanguageModel(
        stages[0].folder, maskedLanguageSettings(of: stages[0]))
      return SpladeModel(
        stage: stage, transformer: transformer, pooling: try pooling(stages[1].folder))
    case [.sparseStaticEmbedding]:
      let url = stages[0].folder
      let table = try tables[url] ?? SparseStaticEmbedding(folder: url)
      tables[url] = table
      return table
    default:
      throw ModelError(
        .unsupported,
        "The modules \(kinds.map(\.rawValue).joined(separator: ", ")) are no model that Sparrow knows; known: Transformer, SpladePooling; SparseStaticEmbedding; Router with such routes.",
        at: FileLocation(path: folder.path))
    }
  }

  private mutating func maskedLanguageModel(
    _ stageFolder: URL, _ settings: TransformerSettings
  ) throws -> (TransformerStage, any MaskedLanguageModel) {
    if let known = transformers[stageFolder] { return known }
    let stage = try TransformerStage(folder: stageFolder, settings: settings)
    let transformer = try stage.family.makeMaskedLanguageModel(
      stage.scope, initializesHead: initializesHead)
    transformers[stageFolder] = (stage, transformer)
    return (stage, transformer)
  }

  /// The settings of a stage that must give logits.
  private func maskedLanguageSettings(
    of description: StageDescription
  ) throws -> TransformerSettings {
    let settings = try TransformerSettings(folder: description.folder)
    let task =
      settings.task
      ?? (description.kind == .maskedLanguageTransformer ? .fillMask : .featureExtraction)
    guard task == .fillMask else {
      throw ModelError(
        .unsupported,
        "The transformer gives hidden states (task \(task.rawValue)), and SPLADE pooling needs masked-LM logits; set \"transformer_task\": \"fill-mask\".",
        at: FileLocation(path: description.folder.path, item: "sentence_bert_config.json"))
    }
    return settings
  }

  private func pooling(_ stageFolder: URL) throws -> SpladePooling {
    let url = stageFolder.appendingPathComponent("config.json")
    let exists = FileManager.default.fileExists(atPath: url.path)
    guard let object = exists ? try JSONValue(contentsOf: url).object : JSONObject() else {
      throw ModelError(
        .invalidConfiguration, "Expected an object.", at: FileLocation(path: url.path))
    }
    return try SpladePooling(object, path: url.path)
  }

  private func checkPlainFolder() throws {
    let url = folder.appendingPathComponent("config.json")
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw ModelError(
        .missing,
        "The folder has neither modules.json nor config.json; it is no model folder.",
        at: FileLocation(path: folder.path))
    }
    let architectures = try JSONValue(contentsOf: url)["architectures"]?.array ?? []
    guard architectures.contains(where: { $0.string?.hasSuffix("ForMaskedLM") == true }) else {
      throw ModelError(
        .unsupported,
        "A SPLADE model needs a masked-LM architecture such as BertForMaskedLM; found \(JSONValue.array(architectures).text()).",
        at: FileLocation(path: url.path, item: "architectures"))
    }
  }
}

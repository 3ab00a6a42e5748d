import Foundation
import SparrowCore
import SparrowModelFiles

/// Where the stages of a SPLADE model lie in a folder.
struct SpladeLayout {
  let transformerFolder: URL
  let stageSettings: JSONObject
  let pooling: SpladePooling

  /// Names under which releases stored the transformer's settings, in the order they are tried.
  private static let settingsNames = [
    "sentence_bert_config.json", "sentence_roberta_config.json",
    "sentence_distilbert_config.json", "sentence_camembert_config.json",
    "sentence_albert_config.json", "sentence_xlm-roberta_config.json",
    "sentence_xlnet_config.json",
  ]

  /// Recognises a folder by its list of modules, or by its `config.json` when it has none.
  ///
  /// A list with a SPLADE pooling is taken for a sparse encoder whatever `model_type` says; the
  /// reference turns such a folder into another model without saying so.
  init(folder: URL) throws {
    guard let stages = try ModuleList.stages(of: folder) else {
      try Self.checkPlainFolder(folder)
      transformerFolder = folder
      stageSettings = JSONObject()
      pooling = SpladePooling()
      return
    }
    let kinds = stages.map(\.kind)
    guard
      kinds == [.transformer, .spladePooling]
        || kinds == [.maskedLanguageTransformer, .spladePooling]
    else {
      throw ModelError(
        .unsupported,
        "The modules \(kinds.map(\.rawValue).joined(separator: ", ")) are no model that Sparrow knows; known: Transformer, SpladePooling.",
        at: FileLocation(path: folder.appendingPathComponent("modules.json").path))
    }
    transformerFolder = stages[0].folder
    stageSettings = try Self.settings(of: stages[0].folder)
    let task = stageSettings["transformer_task"]?.string
    guard task == "fill-mask" || (task == nil && !Self.poolsHiddenStates(stages[0], stageSettings))
    else {
      throw ModelError(
        .unsupported,
        "The transformer gives hidden states (task \(task ?? "feature-extraction")), and SPLADE pooling needs masked-LM logits; set \"transformer_task\": \"fill-mask\".",
        at: FileLocation(path: stages[0].folder.path, item: "sentence_bert_config.json"))
    }
    let poolingURL = stages[1].folder.appendingPathComponent("config.json")
    let exists = FileManager.default.fileExists(atPath: poolingURL.path)
    let object = exists ? try JSONValue(contentsOf: poolingURL).object : JSONObject()
    guard let object else {
      throw ModelError(
        .invalidConfiguration, "Expected an object.", at: FileLocation(path: poolingURL.path))
    }
    pooling = try SpladePooling(object, path: poolingURL.path)
  }

  /// Without a task in its settings, a stage that is not of the masked-LM class gives hidden states.
  private static func poolsHiddenStates(
    _ stage: StageDescription, _ settings: JSONObject
  ) -> Bool { stage.kind != .maskedLanguageTransformer }

  private static func settings(of folder: URL) throws -> JSONObject {
    for name in settingsNames {
      let url = folder.appendingPathComponent(name)
      guard FileManager.default.fileExists(atPath: url.path) else { continue }
      guard let object = try JSONValue(contentsOf: url).object else {
        throw ModelError(
          .invalidConfiguration, "Expected an object.", at: FileLocation(path: url.path))
      }
      if !object.isEmpty { return object }
    }
    return JSONObject()
  }

  private static func checkPlainFolder(_ folder: URL) throws {
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

public import Foundation
import SparrowCore
import SparrowModelFiles
import SparrowNN

extension CrossEncoder {
  /// Whether a folder holds a transformer with a classification head, to be loaded as a cross-encoder.
  ///
  /// - Throws: an error of a file that is broken; a folder that is no model's is none of a
  ///   cross-encoder.
  public static func recognizes(_ folder: URL) throws -> Bool {
    let stages = try ModuleList.stages(of: folder)
    guard stages?.map(\.kind) ?? [.transformer] == [.transformer] else { return false }
    let url = (stages?[0].folder ?? folder).appendingPathComponent("config.json")
    guard FileManager.default.fileExists(atPath: url.path) else { return false }
    let architectures = try JSONValue(contentsOf: url)["architectures"]?.array ?? []
    return architectures.contains { $0.string?.hasSuffix("ForSequenceClassification") == true }
  }

  /// The folder of the one stage that a cross-encoder has, or of the first one of a model whose
  /// transformer is to get a head.
  static func transformerFolder(of folder: URL, needsHead: Bool) throws -> URL {
    guard let stages = try ModuleList.stages(of: folder) else { return folder }
    let first = stages.first?.kind
    if !needsHead, first == .transformer || first == .maskedLanguageTransformer {
      return stages[0].folder
    }
    guard stages.map(\.kind) == [.transformer] else {
      throw ModelError(
        .unsupported,
        "The modules \(stages.map(\.kind.rawValue).joined(separator: ", ")) are no cross-encoder that Sparrow knows; known: Transformer alone.",
        at: FileLocation(path: folder.path))
    }
    return stages[0].folder
  }

  /// The activation that new or old files state, nil when they state none.
  static func storedActivation(
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
  /// - Throws: `ModelError` or `CoreError` when a file cannot be written; files that were there are
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

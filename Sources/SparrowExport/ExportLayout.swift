import Foundation
import SparrowCore
import SparrowModelFiles

/// The stages of a model that texts, or documents, go through.
enum ExportLayout {
  /// Transformer and SPLADE pooling; the pooling's folder is nil when its defaults hold.
  case splade(transformer: URL, pooling: URL?)
  /// Transformer, mean pooling, perhaps unit length, and a sparse auto-encoder.
  case autoEncoder(transformer: URL, hasUnitLength: Bool, autoEncoder: URL)

  /// Recognises a model folder; of a router its way for documents is taken.
  ///
  /// - Throws: ``ExportError`` that names the stages when they are none of these.
  init(folder: URL) throws {
    guard var stages = try ModuleList.stages(of: folder) else {
      self = .splade(transformer: folder, pooling: nil)
      return
    }
    if stages.count == 1, let router = stages.first, [.router, .asymmetric].contains(router.kind) {
      let configuration = try RouterConfiguration(folder: router.folder)
      stages = try configuration.stages(of: "document", in: router)
    }
    var kinds = stages.map(\.kind)
    if kinds.first == .maskedLanguageTransformer { kinds[0] = .transformer }
    switch kinds {
    case [.transformer, .spladePooling]:
      self = .splade(transformer: stages[0].folder, pooling: stages[1].folder)
    case [.transformer, .pooling, .sparseAutoEncoder],
      [.transformer, .pooling, .normalize, .sparseAutoEncoder]:
      try Self.checkMean(stages[1].folder)
      self = .autoEncoder(
        transformer: stages[0].folder, hasUnitLength: kinds.count == 4,
        autoEncoder: stages[kinds.count - 1].folder)
    default:
      throw ExportError(
        .unsupported,
        "The stages \(kinds.map(\.rawValue).joined(separator: ", ")) cannot be exported; expected Transformer and SpladePooling, or Transformer, Pooling, Normalize and SparseAutoEncoder.",
        at: FileLocation(path: folder.path))
    }
  }

  private static func checkMean(_ folder: URL) throws {
    let file = folder.appendingPathComponent("config.json")
    let object = try JSONValue(contentsOf: file).object ?? JSONObject()
    let mode = object["pooling_mode"] ?? "mean"
    let others = object.members.filter { key, value in
      key.hasPrefix("pooling_mode_") && key != "pooling_mode_mean_tokens" && value == true
    }
    guard mode == "mean" || mode == ["mean"], others.isEmpty else {
      throw ExportError(
        .unsupported, "Only mean pooling can be exported.",
        at: FileLocation(path: file.path, item: others.first?.0 ?? "pooling_mode"))
    }
  }
}

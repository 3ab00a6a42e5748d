import Foundation
import SparrowCore
import SparrowModelFiles

/// The stages of a model that texts, or documents, go through; every kind begins with a transformer.
enum ExportLayout {
  /// SPLADE pooling; its folder is nil when its defaults hold.
  case splade(pooling: URL?)
  /// Pooling and what follows it; nothing stands for the mean.
  case dense([StageDescription])
  /// The same, and a sparse autoencoder.
  case autoEncoder([StageDescription], URL)
  /// A classification head.
  case crossEncoder

  /// Recognises a model folder; of a router its way for documents is taken.
  ///
  /// - Parameter folder: the model's folder.
  /// - Returns: the transformer's folder, and what follows it.
  /// - Throws: ``ExportError`` that names the stages when they are none of these.
  static func recognize(_ folder: URL) throws -> (transformer: URL, layout: ExportLayout) {
    guard var stages = try ModuleList.stages(of: folder) else {
      return (folder, try headOfPlainFolder(folder))
    }
    if stages.count == 1, let router = stages.first, [.router, .asymmetric].contains(router.kind) {
      let configuration = try RouterConfiguration(folder: router.folder)
      stages = try configuration.stages(of: "document", in: router)
    }
    let transformer = stages[0].folder
    var kinds = stages.map(\.kind)
    if kinds.first == .maskedLanguageTransformer { kinds[0] = .transformer }
    let hasAutoEncoder = kinds.last == .sparseAutoEncoder
    let dense = hasAutoEncoder ? stages.dropFirst().dropLast() : stages.dropFirst()
    let isDense =
      kinds.starts(with: [.transformer, .pooling])
      && dense.dropFirst().allSatisfy { [.dense, .normalize].contains($0.kind) }
    switch kinds {
    case [.transformer, .spladePooling]: return (transformer, .splade(pooling: stages[1].folder))
    case [.transformer] where try isClassifier(transformer): return (transformer, .crossEncoder)
    case _ where isDense && hasAutoEncoder:
      return (transformer, .autoEncoder(Array(dense), stages[stages.count - 1].folder))
    case _ where isDense: return (transformer, .dense(Array(dense)))
    default:
      throw ExportError(
        .unsupported,
        "The stages \(stages.map(\.kind.rawValue).joined(separator: ", ")) cannot be exported; expected Transformer and SpladePooling, or Transformer and Pooling with any Dense and Normalize and a SparseAutoEncoder, or a cross-encoder's Transformer.",
        at: FileLocation(path: folder.path))
    }
  }

  /// What a folder without a list of stages has: the head that `config.json` names, SPLADE for none.
  private static func headOfPlainFolder(_ folder: URL) throws -> ExportLayout {
    let names = try architectures(folder)
    if names.contains(where: { $0.hasSuffix("ForSequenceClassification") }) { return .crossEncoder }
    return names.contains { $0.hasSuffix("Model") } ? .dense([]) : .splade(pooling: nil)
  }

  private static func isClassifier(_ folder: URL) throws -> Bool {
    try architectures(folder).contains { $0.hasSuffix("ForSequenceClassification") }
  }

  private static func architectures(_ folder: URL) throws -> [String] {
    let file = folder.appendingPathComponent("config.json")
    return (try JSONValue(contentsOf: file)["architectures"]?.array ?? []).compactMap(\.string)
  }
}

package import Foundation
package import SparrowCore

/// The kinds of stage that Sparrow knows, by the reference's class names.
package enum StageKind: String, CaseIterable {
  case transformer = "Transformer"
  case maskedLanguageTransformer = "MLMTransformer"
  case spladePooling = "SpladePooling"
  case sparseAutoEncoder = "SparseAutoEncoder"
  case sparseStaticEmbedding = "SparseStaticEmbedding"
  case router = "Router"
  case asymmetric = "Asym"
  case pooling = "Pooling"
  case normalize = "Normalize"
  case dense = "Dense"

  /// The dotted class name that is written for the stage.
  package var typeName: String {
    let package =
      switch self {
      case .transformer: "base.modules.transformer"
      case .maskedLanguageTransformer: "sparse_encoder.modules.mlm_transformer"
      case .spladePooling: "sparse_encoder.modules.splade_pooling"
      case .sparseAutoEncoder: "sparse_encoder.modules.sparse_auto_encoder"
      case .sparseStaticEmbedding: "sparse_encoder.modules.sparse_static_embedding"
      case .router, .asymmetric: "base.modules.router"
      case .pooling: "sentence_transformer.modules.pooling"
      case .normalize: "base.modules.normalize"
      case .dense: "base.modules.dense"
      }
    return "sentence_transformers.\(package).\(rawValue)"
  }
}

/// One stage of a model, as `modules.json` or `router_config.json` lists it.
package struct StageDescription {
  /// What the stage does.
  package let kind: StageKind
  /// The stage's folder.
  package let folder: URL
  /// Its name within the model, the first part of its parameters' names.
  package let name: String

  /// Makes a description.
  package init(kind: StageKind, folder: URL, name: String) {
    self.kind = kind
    self.folder = folder
    self.name = name
  }
}

/// Reads the list of a model's stages.
package enum ModuleList {
  /// The stages of a model folder in order, nil when it has no `modules.json`.
  ///
  /// - Throws: ``ModelError`` for a path that leads outside the folder, or a type that is not known.
  package static func stages(of folder: URL) throws -> [StageDescription]? {
    let url = folder.appendingPathComponent("modules.json")
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    guard let modules = try JSONValue(contentsOf: url).array, !modules.isEmpty else {
      throw ModelError(
        .invalidConfiguration, "Expected an array with at least one module.",
        at: FileLocation(path: url.path))
    }
    return try modules.enumerated().map { position, module in
      let item = "module \(position)"
      guard let type = module["type"]?.string, let path = module["path"]?.string else {
        throw ModelError(
          .invalidConfiguration, "A module needs the texts 'type' and 'path'.",
          at: FileLocation(path: url.path, item: item))
      }
      return StageDescription(
        kind: try kind(of: type, at: FileLocation(path: url.path, item: item)),
        folder: try subfolder(path, of: folder, at: FileLocation(path: url.path, item: item)),
        name: module["name"]?.string ?? "\(position)")
    }
  }

  /// The kind of stage a dotted class name stands for, whatever release spelled it.
  package static func kind(of type: String, at location: FileLocation) throws(ModelError)
    -> StageKind
  {
    guard type.hasPrefix("sentence_transformers.") else {
      throw ModelError(
        .unsupported,
        "The type '\(type)' is code that comes with the model, which Sparrow does not run.",
        at: location)
    }
    let className = type.split(separator: ".").last.map(String.init) ?? type
    guard let kind = StageKind(rawValue: className) else {
      let known = StageKind.allCases.map(\.rawValue).joined(separator: ", ")
      throw ModelError(
        .unsupported, "The module '\(className)' is not known; known ones: \(known).",
        at: location)
    }
    return kind
  }

  /// A folder inside a model's folder.
  package static func subfolder(
    _ path: String, of folder: URL, at location: FileLocation
  ) throws(ModelError) -> URL {
    let isInside =
      !path.hasPrefix("/") && !path.contains(":") && !path.contains("\\")
      && !path.split(separator: "/").contains("..")
    guard isInside else {
      throw ModelError(
        .invalidConfiguration, "The path '\(path)' leads outside the model's folder.",
        at: location)
    }
    return path.isEmpty ? folder : folder.appendingPathComponent(path)
  }
}

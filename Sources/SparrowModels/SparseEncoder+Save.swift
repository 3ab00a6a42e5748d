public import Foundation
import SparrowCore
import SparrowModelFiles

extension SparseEncoder {
  /// Saves the model in the reference's layout; both systems load the folder again.
  ///
  /// Files are written beside their place and renamed; nothing else in the folder is touched.
  ///
  /// - Throws: `ModelError` or `CoreError` when a file cannot be written; files that were there
  ///   are then still whole.
  public func save(to folder: URL) throws {
    try ModelFolder.make(folder)
    try ModelFolder.write(
      .object(settings.json(modelType: "SparseEncoder").sortedByKey), indent: 2, to: folder,
      "config_sentence_transformers.json")
    let modules: [JSONValue]
    switch routes {
    case .single(let model): modules = try save(model.stages, to: folder)
    case .router(let rules, let models): modules = try save(rules, models, to: folder)
    }
    try ModelFolder.write(.array(modules), indent: 2, to: folder, "modules.json")
  }

  /// Writes stages one after another, the first into the model's folder itself.
  private func save(_ stages: [ModelStage], to folder: URL) throws -> [JSONValue] {
    try stages.enumerated().map { position, stage in
      let path = position == 0 ? "" : "\(position)_\(stage.className)"
      let stageFolder = path.isEmpty ? folder : folder.appendingPathComponent(path)
      try ModelFolder.make(stageFolder)
      try stage.write(stageFolder)
      return [
        "idx": .integer(Int64(position)), "name": .string("\(position)"), "path": .string(path),
        "type": .string(stage.typeName),
      ]
    }
  }

  /// Writes the stages of all routes, those that routes share once.
  private func save(
    _ rules: RouteRules, _ models: [any SparseModel], to folder: URL
  ) throws -> [JSONValue] {
    var types: [(stageName: String, type: String)] = []
    var routes: [RouterConfiguration.Route] = []
    var nameOfIdentity: [ObjectIdentifier: String] = [:]
    for (route, model) in zip(rules.routeNames, models) {
      var names: [String] = []
      for (position, stage) in model.stages.enumerated() {
        if let known = stage.identity.flatMap({ nameOfIdentity[$0] }) {
          names.append(known)
          continue
        }
        let name = "\(route)_\(position)_\(stage.className)"
        let stageFolder = folder.appendingPathComponent(name)
        try ModelFolder.make(stageFolder)
        try stage.write(stageFolder)
        if let identity = stage.identity { nameOfIdentity[identity] = name }
        types.append((name, stage.typeName))
        names.append(name)
      }
      routes.append((route, names))
    }
    let configuration = RouterConfiguration(types: types, routes: routes, rules: rules)
    try ModelFolder.write(configuration.json, indent: 4, to: folder, RouterConfiguration.fileName)
    return [
      ["idx": 0, "name": "0", "path": "", "type": .string(StageKind.router.typeName)]
    ]
  }
}

/// Writes the parts of a model folder.
enum ModelFolder {
  /// Makes a folder and those above it, unless it is there.
  static func make(_ folder: URL) throws(ModelError) {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw ModelError(
        .inputOutput, "Could not make the folder (\(AtomicFile.reason(error))).",
        at: FileLocation(path: folder.path))
    }
  }

  /// Writes a JSON file.
  static func write(
    _ value: JSONValue, indent: Int, to folder: URL, _ name: String
  ) throws(CoreError) {
    try AtomicFile.write(
      value.data(JSONFormat(indent: indent)), to: folder.appendingPathComponent(name))
  }
}

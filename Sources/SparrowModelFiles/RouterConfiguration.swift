package import Foundation
package import SparrowCore

/// The file `router_config.json` of a router: its stages, its routes and the rules between them.
package struct RouterConfiguration: Sendable {
  /// A route: its name and the names of its stages in order.
  package typealias Route = (name: String, stageNames: [String])

  /// The dotted class name of each stage by its name, which is also its folder's.
  package let types: [(stageName: String, type: String)]
  /// The routes in their order; two may share stages.
  package let routes: [Route]
  /// Which route a text takes.
  package let rules: RouteRules
  /// What looks wrong without being an error, in full sentences.
  package let warnings: [String]

  /// Makes a configuration to be written.
  package init(types: [(stageName: String, type: String)], routes: [Route], rules: RouteRules) {
    self.types = types
    self.routes = routes
    self.rules = rules
    warnings = []
  }

  /// Reads the file of a router's folder, or `config.json` as old releases called it.
  ///
  /// - Throws: ``ModelError`` naming file and key when neither is there or something in it is wrong.
  package init(folder: URL) throws {
    let (object, path) = try Self.object(in: folder)
    func wrong(_ item: String, _ message: String) -> ModelError {
      ModelError(.invalidConfiguration, message, at: FileLocation(path: path, item: item))
    }
    types = try (object["types"]?.object ?? JSONObject()).members.map { name, type in
      guard let type = type.string else {
        throw wrong("types.\(name)", "Expected the name of a class, found \(type.kindName).")
      }
      return (name, type)
    }
    let known = Set(types.map(\.stageName))
    routes = try (object["structure"]?.object ?? JSONObject()).members.map { route, stages in
      guard let names = stages.array?.map(\.string), !names.isEmpty,
        let found = names as? [String]
      else { throw wrong("structure.\(route)", "Expected the names of the route's stages.") }
      if let unknown = found.first(where: { !known.contains($0) }) {
        throw wrong("structure.\(route)", "The stage '\(unknown)' is not among 'types'.")
      }
      return (route, found)
    }
    let parameters = object["parameters"]?.object ?? JSONObject()
    let reader = ConfigurationReader(object: parameters, path: path)
    var mappings: [RouteRules.Key: String] = [:]
    var warnings: [String] = []
    for (text, route) in (parameters["route_mappings"]?.object ?? JSONObject()).members {
      guard let route = route.string else {
        throw wrong("route_mappings.\(text)", "Expected the name of a route.")
      }
      if let key = RouteRules.Key(pythonPair: text) {
        mappings[key] = route
      } else {
        warnings.append(
          "The router maps \(text) to '\(route)'; that is no pair of a task and a kind of input and is ignored."
        )
      }
    }
    self.warnings = warnings
    let allowsEmptyKey = try reader.bool("allow_empty_key", default: true)
    do {
      rules = try RouteRules(
        routeNames: routes.map(\.name), defaultRoute: parameters["default_route"]?.string,
        allowsEmptyKey: allowsEmptyKey, mappings: mappings)
    } catch {
      throw wrong("parameters", error.message)
    }
  }

  /// The stages of a route in order.
  ///
  /// - Parameters:
  ///   - route: the route's name.
  ///   - router: the router itself, as the list of modules has it.
  /// - Returns: the stages with their folders and places in the model.
  /// - Throws: ``ModelError`` for a type that is not known or a name that leads outside the folder.
  package func stages(
    of route: String, in router: StageDescription
  ) throws(ModelError) -> [StageDescription] {
    let folder = router.folder
    let names = routes.first { $0.name == route }?.stageNames ?? []
    var stages: [StageDescription] = []
    for (position, name) in names.enumerated() {
      let type = types.first { $0.stageName == name }?.type ?? ""
      let location = FileLocation(
        path: folder.appendingPathComponent(Self.fileName).path, item: name)
      stages.append(
        StageDescription(
          kind: try ModuleList.kind(of: type, at: location),
          folder: try ModuleList.subfolder(name, of: folder, at: location),
          name: "\(router.name).sub_modules.\(route).\(position)"))
    }
    return stages
  }

  /// The file's content as the reference writes it.
  package var json: JSONValue {
    let mappings = rules.mappings.map { ($0.key.pythonPair, JSONValue.string($0.value)) }
    return [
      "types": .object(JSONObject(types.map { ($0.stageName, .string($0.type)) })),
      "structure": .object(
        JSONObject(routes.map { ($0.name, .array($0.stageNames.map { .string($0) })) })),
      "parameters": [
        "default_route": rules.defaultRoute.map { .string($0) } ?? .null,
        "allow_empty_key": .bool(rules.allowsEmptyKey),
        "route_mappings": .object(JSONObject(mappings).sortedByKey),
      ],
    ]
  }

  /// The file's name.
  package static let fileName = "router_config.json"

  private static func object(in folder: URL) throws -> (JSONObject, path: String) {
    for name in [fileName, "config.json"] {
      let url = folder.appendingPathComponent(name)
      guard FileManager.default.fileExists(atPath: url.path) else { continue }
      guard let object = try JSONValue(contentsOf: url).object else {
        throw ModelError(
          .invalidConfiguration, "Expected an object.", at: FileLocation(path: url.path))
      }
      if !object.isEmpty { return (object, url.path) }
    }
    throw ModelError(
      .missing, "The folder has no \(fileName); the router in it cannot be read.",
      at: FileLocation(path: folder.path))
  }
}

import Foundation
import SparrowCore
import SparrowHub

/// Replaces names of models and data sets on the Hub in a recipe by the folders they are kept in.
struct RecipePlaces {
  private let folders: NamedFolders

  init(_ folders: NamedFolders) { self.folders = folders }

  /// The recipe with paths of this machine.
  func resolved(_ recipe: JSONObject) throws -> JSONObject {
    var recipe = recipe
    for (part, kind) in [
      ("model", RepositoryReference.Kind.model), ("train_dataset", .dataset),
      ("eval_dataset", .dataset), ("evaluator", .dataset),
    ] {
      if let value = recipe[part] { recipe[part] = try resolved(value, kind, isPlace: true) }
    }
    return recipe
  }

  /// The keys whose texts are places, and what is there if that does not follow from the part.
  private static let places: [String: RepositoryReference.Kind?] = [
    "path": nil, "collection": .dataset, "teacher": .model, "partner": .model,
  ]

  /// A value in which texts that are places are replaced.
  private func resolved(
    _ value: JSONValue, _ kind: RepositoryReference.Kind, isPlace: Bool
  ) throws -> JSONValue {
    switch value {
    case .string(let name) where isPlace:
      let folder = try folders.find(name, kind)
      return .string(folder == URL(fileURLWithPath: name) ? name : folder.path)
    case .array(let values):
      return .array(try values.map { try resolved($0, kind, isPlace: isPlace) })
    case .object(let object):
      return .object(
        JSONObject(
          try object.members.map { key, value in
            let place = Self.places[key]
            return (
              key, try resolved(value, (place ?? nil) ?? kind, isPlace: place != nil)
            )
          }))
    default: return value
    }
  }
}

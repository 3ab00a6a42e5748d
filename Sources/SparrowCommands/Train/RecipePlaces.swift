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

  /// A value in which texts that are places are replaced: those under `path` and `collection`.
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
            let isPlace = ["path", "collection"].contains(key)
            return (
              key, try resolved(value, key == "collection" ? .dataset : kind, isPlace: isPlace)
            )
          }))
    default: return value
    }
  }
}

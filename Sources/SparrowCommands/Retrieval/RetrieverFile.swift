import Foundation
import SparrowCore
import SparrowRetrieval

/// The recipe of `--retriever`, with the models that it names on this machine.
struct RetrieverFile {
  let recipe: RetrieverRecipe

  /// Reads a recipe, and downloads the models that it names on the Hub.
  ///
  /// - Throws: ``CommandError`` naming file and line when the recipe is missing or wrong; an error of
  ///   the Hub.
  init(_ path: String, _ places: NamedFolders) throws {
    let file = try RecipeFile(contentsOf: URL(fileURLWithPath: path), necessary: "'stages'")
    // Checked as it is written before anything is downloaded.
    _ = try file.locating { try RetrieverRecipe(file.object) }
    let resolved = try Self.resolved(.object(file.object), places).object ?? file.object
    recipe = try file.locating { try RetrieverRecipe(resolved) }
  }

  /// Makes the pipeline over a collection's documents.
  func makeRetriever(
    _ documents: [Document], _ cache: CacheOptions, _ context: CommandContext,
    _ progress: ProgressDisplay
  ) throws -> Retriever {
    let cache = try cache.open()
    let retriever = try recipe.makeRetriever(
      documents: documents, cache: cache, progress: progress.reporter, warn: context.warn)
    progress.finish()
    cache?.report(context)
    return retriever
  }

  /// A value in which texts under `model` are folders.
  private static func resolved(
    _ value: JSONValue, _ places: NamedFolders
  ) throws -> JSONValue {
    guard let object = value.object else { return value }
    return .object(
      JSONObject(
        try object.members.map { key, value in
          guard key == "model", let name = value.string else {
            return (key, try resolved(value, places))
          }
          return (key, .string(try places.model(name).path))
        }))
  }
}

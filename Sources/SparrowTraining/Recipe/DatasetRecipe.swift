import Foundation
public import SparrowCore
import SparrowData

/// A dataset as a recipe describes it: where it is, and what of it is used.
///
/// ```yaml
/// train_dataset: {path: pairs.jsonl.gz, columns: [query, answer], limit: 10000}
/// ```
///
/// A text alone is the path. A test collection's judged pairs make rows as well:
/// `{collection: medquad, split: train}`. Several datasets are an object of such descriptions by name, or a list
/// of them with `name`.
public struct DatasetRecipe: Sendable, Hashable {
  /// The name, nil when it is the only dataset.
  public var name: String?
  /// The file or folder.
  public var path: String
  /// Whether the folder is a collection in BEIR's layout, whose judged pairs are the rows.
  public var isCollection = false
  /// Which files of a folder are read, or which judgments of a collection (`train` by default).
  public var split: String?
  /// Judgments of a collection whose relevant documents are kept out of the rows.
  public var excludedSplits: [String] = []
  /// The columns to keep, in this order; nil keeps all as they are.
  public var columns: [String]?
  /// New names of columns, by old ones.
  public var renames: [String: String] = [:]
  /// At most this many rows, from the beginning or at random with ``shuffleSeed``.
  public var limit: Int?
  /// Shuffles the rows before they are limited or divided; nil keeps their order.
  public var shuffleSeed: UInt64?

  /// Reads the description of one dataset.
  init(_ value: JSONValue, name: String?, section: String) throws(TrainingError) {
    if let path = value.string {
      self.name = name
      self.path = path
      return
    }
    var reader = try SettingsReader(value, section: section)
    self.name = try reader.text("name") ?? name
    let collection = try reader.text("collection")
    if let collection {
      isCollection = true
      path = collection
    } else {
      path = try reader.requiredText("path")
    }
    split = try reader.text("split")
    if isCollection { excludedSplits = try reader.texts("without_documents_of") ?? [] }
    columns = try reader.texts("columns")
    limit = try reader.count("limit", from: 1)
    shuffleSeed = try reader.count("shuffle_seed").map(UInt64.init)
    if let value = reader.value("rename") {
      for (old, new) in value.object?.members ?? JSONObject().members {
        renames[old] = new.string
      }
      guard let object = value.object, renames.count == object.count else {
        throw reader.refuse("rename", "an object of texts (old: new)", value)
      }
    }
    try reader.finish()
  }

  /// Reads one dataset, several by name, or a list of them.
  static func list(_ value: JSONValue?, section: String) throws(TrainingError) -> [DatasetRecipe] {
    guard let value, !value.isNull else { return [] }
    if let elements = value.array {
      var recipes: [DatasetRecipe] = []
      for element in elements {
        recipes.append(try DatasetRecipe(element, name: nil, section: section))
      }
      return recipes
    }
    guard let object = value.object, object["path"] == nil, object["collection"] == nil,
      !object.isEmpty
    else {
      return [try DatasetRecipe(value, name: nil, section: section)]
    }
    var recipes: [DatasetRecipe] = []
    for (name, value) in object.members {
      recipes.append(try DatasetRecipe(value, name: name, section: "\(section).\(name)"))
    }
    return recipes
  }

  /// Reads the rows.
  ///
  /// - Throws: `DataError` naming the file, and the column or line.
  public func load(progress: ProgressReporter? = nil) throws -> TrainingDataset {
    let url = URL(fileURLWithPath: path)
    var dataset =
      isCollection
      ? try BEIRCollection(folder: url).pairs(
        split: split ?? "train", withoutDocumentsOf: excludedSplits, progress: progress)
      : try Dataset(contentsOf: url, split: split, progress: progress)
    if !renames.isEmpty { dataset = try dataset.renaming(renames) }
    if let columns { dataset = try dataset.selecting(columns: columns) }
    if let shuffleSeed { dataset = dataset.shuffled(seed: shuffleSeed) }
    if let limit, limit < dataset.rowCount { dataset = dataset.selectingRows(Array(0..<limit)) }
    return TrainingDataset(dataset, name: name)
  }
}

import SparrowCore
import SparrowData

/// The prompt and the route of each column, from the arguments `prompts` and `router_mapping`.
///
/// Both are given by column or by dataset and column; prompts also as one text for all columns, or
/// one for each dataset.
struct ColumnSettings: Sendable {
  private let prompts: JSONValue
  private let routes: JSONObject

  /// Checks that what is named exists.
  ///
  /// - Throws: ``TrainingError/Code/invalidArgument`` with the nearest name that does exist.
  init(
    prompts: JSONValue, routes: JSONObject, datasets: [TrainingDataset]
  ) throws(TrainingError) {
    self.prompts = prompts
    self.routes = routes
    if let object = prompts.object {
      try Self.check(object, argument: "prompts", datasets: datasets, allowsText: true)
    }
    try Self.check(routes, argument: "router_mapping", datasets: datasets, allowsText: false)
  }

  /// The text put before a column's texts, empty when there is none.
  func prompt(column: String, dataset: String?) -> String {
    if let text = prompts.string { return text }
    guard let object = prompts.object else { return "" }
    if let dataset, let own = object[dataset] {
      return own.string ?? own[column]?.string ?? ""
    }
    return object[column]?.string ?? ""
  }

  /// The route of a column's texts, nil for the default one.
  func route(column: String, dataset: String?) -> String? {
    if let dataset, let own = routes[dataset]?.object { return own[column]?.string }
    return routes[column]?.string
  }

  private static func check(
    _ object: JSONObject, argument: String, datasets: [TrainingDataset], allowsText: Bool
  ) throws(TrainingError) {
    let columns = Set(datasets.flatMap(\.dataset.inputColumns)).sorted()
    let names = datasets.compactMap(\.name)
    for (key, value) in object.members {
      if let inner = value.object {
        guard let dataset = datasets.first(where: { $0.name == key }) else {
          throw unknown(key, "dataset", among: names, argument)
        }
        let inputs = dataset.dataset.inputColumns
        for name in inner.keys where !inputs.contains(name) {
          throw unknown(name, "input column of '\(key)'", among: inputs, argument)
        }
      } else if value.string == nil {
        throw TrainingError(
          .invalidArgument, "'\(argument)' needs a text for '\(key)'; found \(value.text()).")
      } else if !columns.contains(key), !(allowsText && names.contains(key)) {
        throw unknown(key, "input column", among: columns + (allowsText ? names : []), argument)
      }
    }
  }

  private static func unknown(
    _ name: String, _ kind: String, among names: [String], _ argument: String
  ) -> TrainingError {
    let choices =
      names.isEmpty
      ? "none has a name" : "there are \(names.map { "'\($0)'" }.joined(separator: ", "))"
    return TrainingError(
      .invalidArgument,
      "'\(argument)' names '\(name)', which is no \(kind); \(choices).\(NearestName.suggestion(for: name, among: names))"
    )
  }
}

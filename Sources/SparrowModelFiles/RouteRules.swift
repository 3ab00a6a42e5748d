/// Which route of a router a text takes.
///
/// A router holds several models under names, its routes. A task, as a rule `query` or `document`, and
/// the kind of input, here always `text`, decide between them: first by ``mappings``, from the most
/// particular to the most general, then by a route of the task's or the kind's own name, and for texts
/// without a task by the default route.
public struct RouteRules: Sendable, Hashable {
  /// What a mapping applies to; nil stands for any task or any kind of input.
  public struct Key: Sendable, Hashable {
    /// The task, such as `query`.
    public var task: String?
    /// The kind of input, such as `text`.
    public var modality: String?

    /// Makes a key.
    public init(task: String?, modality: String?) {
      self.task = task
      self.modality = modality
    }
  }

  /// The kind of all inputs that Sparrow encodes.
  public static let textModality = "text"

  /// The names of the routes in their order.
  public let routeNames: [String]
  /// The route of texts without a task, nil for none.
  public let defaultRoute: String?
  /// Whether the first route is the default one when no other is named.
  public let allowsEmptyKey: Bool
  /// Routes by task and kind of input, which come before names.
  public let mappings: [Key: String]

  /// Makes rules and checks that every route they name is there.
  ///
  /// - Parameters:
  ///   - routeNames: the names of the routes in their order.
  ///   - defaultRoute: the route of texts without a task.
  ///   - allowsEmptyKey: makes the first route the default one when none is named; true by default.
  ///   - mappings: routes by task and kind of input; none by default.
  /// - Throws: ``ModelError/Code/invalidArgument`` when there is no route, one is named twice, or the
  ///   default route or the target of a mapping is not among them.
  public init(
    routeNames: [String], defaultRoute: String? = nil, allowsEmptyKey: Bool = true,
    mappings: [Key: String] = [:]
  ) throws(ModelError) {
    let names = routeNames.joined(separator: ", ")
    guard !routeNames.isEmpty, Set(routeNames).count == routeNames.count else {
      throw ModelError(
        .invalidArgument,
        "A router needs at least one route, each of its own name; found [\(names)].")
    }
    for (role, name) in [("default route", defaultRoute)] + mappings.map({ ("mapped route", $1) }) {
      if let name, !routeNames.contains(name) {
        throw ModelError(
          .invalidArgument, "The \(role) '\(name)' is not among the router's routes: \(names).")
      }
    }
    self.routeNames = routeNames
    self.defaultRoute = defaultRoute ?? (allowsEmptyKey ? routeNames[0] : nil)
    self.allowsEmptyKey = allowsEmptyKey
    self.mappings = mappings
  }

  /// The route of a text.
  ///
  /// - Parameters:
  ///   - task: as a rule `query` or `document`; nil for texts on neither side.
  ///   - modality: the kind of input.
  /// - Returns: the name of a route.
  /// - Throws: ``ModelError/Code/invalidArgument`` when nothing applies, with the tasks that would.
  public func route(
    task: String?, modality: String = RouteRules.textModality
  ) throws(ModelError) -> String {
    let keys = [
      Key(task: task, modality: modality), Key(task: task, modality: nil),
      Key(task: nil, modality: modality), Key(task: nil, modality: nil),
    ]
    if let mapped = keys.lazy.compactMap({ mappings[$0] }).first { return mapped }
    if let task, routeNames.contains(task) { return task }
    if routeNames.contains(modality) { return modality }
    let known = (routeNames + mappings.keys.compactMap(\.task).sorted()).map { "'\($0)'" }
    if let task {
      throw ModelError(
        .invalidArgument,
        "The model has no route for the task '\(task)'; it has routes for \(known.joined(separator: ", "))."
      )
    }
    guard let defaultRoute else {
      throw ModelError(
        .invalidArgument,
        "The model has no default route: encode queries and documents apart. It has routes for \(known.joined(separator: ", "))."
      )
    }
    return defaultRoute
  }
}

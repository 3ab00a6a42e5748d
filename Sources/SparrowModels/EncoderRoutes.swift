public import SparrowModelFiles

/// The models of an encoder: one for all texts, or one for each route of a router.
///
/// A router is how a model treats queries and documents differently, as inference-free models do: a
/// table for queries, SPLADE for documents. Routes may share stages. Reference class: `Router`.
public enum EncoderRoutes {
  /// One model, whatever the task.
  case single(any SparseModel)
  /// A model for each route, in the order of the rules' route names.
  case router(RouteRules, [any SparseModel])

  /// The model of a text.
  ///
  /// - Parameter task: `query`, `document`, another route's name, or nil for texts on neither side.
  /// - Returns: the model of the route that the rules choose.
  /// - Throws: `ModelError.Code.invalidArgument` when the router has no route for the task.
  public func model(forTask task: String?) throws(ModelError) -> any SparseModel {
    switch self {
    case .single(let model): return model
    case .router(let rules, let models):
      let name = try rules.route(task: task)
      guard let index = rules.routeNames.firstIndex(of: name) else {
        preconditionFailure("rules choose among their own routes; this is a bug")
      }
      return models[index]
    }
  }

  /// All models in order.
  public var models: [any SparseModel] {
    switch self {
    case .single(let model): [model]
    case .router(_, let models): models
    }
  }

  /// The names of the routes in order, empty without a router.
  public var names: [String] {
    switch self {
    case .single: []
    case .router(let rules, _): rules.routeNames
    }
  }

  /// Every stage once, with its place in the model: `0`, `1` or `0.sub_modules.query.0`.
  ///
  /// A stage that routes share has the place of its first route.
  var placedStages: [(place: String, stage: ModelStage)] {
    switch self {
    case .single(let model):
      return model.stages.enumerated().map { ("\($0.offset)", $0.element) }
    case .router(let rules, let models):
      var seen: Set<ObjectIdentifier> = []
      return zip(rules.routeNames, models).flatMap { name, model in
        model.stages.enumerated().compactMap { position, stage in
          if let identity = stage.identity, !seen.insert(identity).inserted { return nil }
          return ("0.sub_modules.\(name).\(position)", stage)
        }
      }
    }
  }
}

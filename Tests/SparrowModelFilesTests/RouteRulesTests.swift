import SparrowCore
import SparrowModelFiles
import Testing

struct RouteRulesTests {
  private typealias Key = RouteRules.Key

  @Test func `mappings come before names, the most particular first`() throws {
    let names = ["query", "document", "exact", "task", "kind", "any", "text"]
    var mappings = [
      Key(task: "query", modality: "text"): "exact", Key(task: "query", modality: nil): "task",
      Key(task: nil, modality: "text"): "kind", Key(task: nil, modality: nil): "any",
    ]
    for (key, expected) in [
      (Key(task: "query", modality: "text"), "exact"), (Key(task: "query", modality: nil), "task"),
      (Key(task: nil, modality: "text"), "kind"), (Key(task: nil, modality: nil), "any"),
    ] {
      #expect(
        try RouteRules(routeNames: names, mappings: mappings).route(task: "query") == expected)
      mappings[key] = nil
    }
    #expect(try RouteRules(routeNames: names).route(task: "query") == "query")
    #expect(try RouteRules(routeNames: names).route(task: "title") == "text")
  }

  @Test func `texts without a task take the default route`() throws {
    let names = ["query", "document"]
    #expect(try RouteRules(routeNames: names).route(task: nil) == "query")
    #expect(
      try RouteRules(routeNames: names, defaultRoute: "document").route(task: nil) == "document")
  }

  @Test func `a task without a route is an error even when there is a default route`() throws {
    let rules = try RouteRules(
      routeNames: ["query", "document"], defaultRoute: "document",
      mappings: [Key(task: "title", modality: nil): "document"])
    #expect(try rules.route(task: "title") == "document")
    #expect { try rules.route(task: "image") } throws: { error in
      let text = "\(error)"
      return ["'image'", "'query'", "'document'", "'title'"].allSatisfy(text.contains)
    }
  }

  @Test func `without a default route texts need a task`() throws {
    let rules = try RouteRules(routeNames: ["query", "document"], allowsEmptyKey: false)
    #expect { try rules.route(task: nil) } throws: { "\($0)".contains("no default route") }
  }

  @Test func `rules that name no route or an unknown one are refused`() {
    #expect(throws: ModelError.self) { try RouteRules(routeNames: []) }
    #expect(throws: ModelError.self) { try RouteRules(routeNames: ["a", "a"]) }
    #expect { try RouteRules(routeNames: ["a"], defaultRoute: "b") } throws: {
      "\($0)".contains("'b'")
    }
    #expect {
      try RouteRules(routeNames: ["a"], mappings: [Key(task: "x", modality: nil): "c"])
    } throws: { "\($0)".contains("'c'") }
  }
}

import Foundation
import SparrowCore
import SparrowModelFiles
import SparrowTestSupport
import Testing

struct RouterConfigurationTests {
  private let types = #"""
    "types": {"q": "sentence_transformers.sparse_encoder.models.SparseStaticEmbedding.SparseStaticEmbedding",
      "t": "sentence_transformers.sparse_encoder.models.MLMTransformer",
      "p": "sentence_transformers.sparse_encoder.models.SpladePooling"}
    """#

  private func read(_ text: String, name: String = "router_config.json") throws
    -> (RouterConfiguration, router: StageDescription)
  {
    try Fixtures.withTemporaryFolder { folder in
      try Data(text.utf8).write(to: folder.appendingPathComponent(name))
      return (
        try RouterConfiguration(folder: folder),
        StageDescription(kind: .router, folder: folder, name: "0")
      )
    }
  }

  @Test(arguments: ["router_config.json", "config.json"])
  func `routes are read from the new and the old file`(_ name: String) throws {
    let (configuration, router) = try read(
      "{\(types), \"structure\": {\"query\": [\"q\"], \"document\": [\"t\", \"p\"]}, \"parameters\": {\"default_route\": null, \"allow_empty_key\": true}}",
      name: name)
    #expect(configuration.rules.defaultRoute == "query")
    let stages = try configuration.stages(of: "document", in: router)
    #expect(stages.map(\.kind) == [.maskedLanguageTransformer, .spladePooling])
    #expect(
      stages.map(\.name) == ["0.sub_modules.document.0", "0.sub_modules.document.1"])
    #expect(stages[1].folder.lastPathComponent == "p")
  }

  @Test func `mappings are read and written as Python pairs`() throws {
    let mappings =
      #"{"('title', None)": "document", "(None, 'text')": "query", "('it\\'s \\\\', \"a\")": "query"}"#
    let (configuration, _) = try read(
      "{\(types), \"structure\": {\"query\": [\"q\"], \"document\": [\"t\", \"p\"]}, \"parameters\": {\"route_mappings\": \(mappings)}}"
    )
    #expect(configuration.warnings.isEmpty)
    #expect(
      configuration.rules.mappings == [
        RouteRules.Key(task: "title", modality: nil): "document",
        RouteRules.Key(task: nil, modality: "text"): "query",
        RouteRules.Key(task: #"it's \"#, modality: "a"): "query",
      ])
    let again = try read(configuration.json.text()).0
    #expect(again.rules == configuration.rules)
    #expect(configuration.json.text().contains("('title', None)"))
  }

  @Test(arguments: ["query", "('a')", "('a', 'b", "('a', 5)", "('a', 'b') x"])
  func `an unreadable mapping is ignored with a warning`(_ key: String) throws {
    let (configuration, _) = try read(
      "{\(types), \"structure\": {\"query\": [\"q\"]}, \"parameters\": {\"route_mappings\": {\"\(key)\": \"query\"}}}"
    )
    #expect(configuration.rules.mappings.isEmpty)
    #expect(configuration.warnings.count == 1)
    #expect(configuration.warnings.first?.contains(key) == true)
  }

  @Test(arguments: [
    (#""structure": {"query": ["x"]}"#, "'x'"), (#""structure": {"query": []}"#, "query"),
    (#""structure": {}"#, "at least one route"),
    (#""structure": {"query": ["q"]}, "parameters": {"default_route": "y"}"#, "'y'"),
    (#""structure": {"query": ["q"]}, "parameters": {"allow_empty_key": 3}"#, "allow_empty_key"),
  ])
  func `routes that cannot be used are refused`(_ rest: String, _ word: String) throws {
    #expect { try read("{\(types), \(rest)}") } throws: { error in
      let text = (error as? any SparrowError)?.description ?? ""
      return text.contains(word) && text.contains("router_config.json")
    }
  }

  @Test func `a stage outside the folder is refused`() throws {
    let (configuration, router) = try read(
      #"{"types": {"../q": "sentence_transformers.models.Transformer"}, "structure": {"query": ["../q"]}}"#
    )
    #expect { try configuration.stages(of: "query", in: router) } throws: {
      "\($0)".contains("outside")
    }
  }

  @Test func `a folder without the file is refused`() throws {
    try Fixtures.withTemporaryFolder { folder in
      _ = #expect { try RouterConfiguration(folder: folder) } throws: {
        "\($0)".contains("router_config.json")
      }
    }
  }
}

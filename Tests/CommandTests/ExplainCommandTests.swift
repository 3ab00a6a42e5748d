import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@Suite struct ExplainCommandTests {
  @Test func `terms of the text and added ones are told apart, and shares sum to one`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    let run = try CommandRun([
      "explain", "--model", model.path, "--query", "wireless router", "--document",
      "Setting up wifi at home", "--document", "Bread needs flour", "--json",
    ])
    #expect(run.code == 0, "\(run.errors)")
    let result = try JSONValue(parsing: Array(run.output.utf8))
    let terms = try #require(result["query"]?["terms"]?.array)
    let inText = terms.filter { $0["in_text"]?.bool == true }.compactMap { $0["term"]?.string }
    #expect(Set(inText).isSubset(of: ["wireless", "route", "##r"]))
    #expect(inText.contains("wireless"))
    #expect(terms.count > inText.count)
    #expect(result["query"]?["active_dims"]?.int == terms.count)

    let documents = try #require(result["documents"]?.array)
    #expect(documents.count == 2)
    let matching = try #require(documents[0]["matching_terms"]?.array)
    let products = matching.compactMap { $0["product"]?.double }
    let score = try #require(documents[0]["score"]?.double)
    #expect(abs(products.reduce(0, +) - score) < 1e-5 * max(1, score))
    #expect(abs(matching.compactMap { $0["share"]?.double }.reduce(0, +) - 1) < 1e-9)
  }

  @Test func `the readable form shows as many terms as asked for`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    let run = try CommandRun([
      "explain", "--model", model.path, "--query", "wireless router", "--top", "4",
      "--document", "Setting up wifi at home",
    ])
    #expect(run.code == 0, "\(run.errors)")
    try expectSnapshot(run.output, "explain")
  }

  @Test func `latents without names are not told apart`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      let dense = folder.appendingPathComponent("dense")
      try FileManager.default.copyItem(at: model, to: dense)
      let modules: JSONValue = [
        ["path": "", "type": "sentence_transformers.models.Transformer"],
        ["path": "1_Pooling", "type": "sentence_transformers.models.Pooling"],
      ]
      try modules.data().write(to: dense.appendingPathComponent("modules.json"))
      let run = try CommandRun([
        "explain", "--model", dense.path, "--query", "wireless router", "--top", "4",
      ])
      #expect(run.code == 0, "\(run.errors)")
      #expect(run.output.contains("32 latents; the dimensions of this model have no names"))
      #expect(run.output.contains("    #") && !run.output.contains("+ #"))
    }
  }
}

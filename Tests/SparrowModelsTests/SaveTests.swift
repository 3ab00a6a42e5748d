import Foundation
import SparrowCore
import SparrowModelFiles
import SparrowModels
import SparrowTensor
import SparrowTestSupport
import SparrowText
import Testing

@Suite(
  .enabled(if: Fixtures.model("splade-tiny") != nil, "needs .models/splade-tiny; run make setup"))
struct SaveTests {
  private let model = Fixtures.model("splade-tiny")

  @Test func `the saved folder equals the reference's file by file`() throws {
    let tree = try #require(
      Fixtures.golden("trees")["models"]?["splade_after_encode"]?.object)
    let encoder = try SparseEncoder(folder: try #require(model))
    try Fixtures.withTemporaryFolder { folder in
      try encoder.save(to: folder)
      let files = try #require(FileManager.default.enumerator(atPath: folder.path))
        .compactMap { $0 as? String }.filter { $0.contains(".") }.sorted()
      #expect(files == tree.keys.sorted())
      for (name, expected) in tree.members where expected["text"] != nil {
        let found = try String(
          contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
        // The build suffix of the reference's torch is the only text that is not ours to know.
        let wanted = expected["text"]?.string?.replacingOccurrences(of: "+cu132", with: "")
        #expect(found == wanted, "\(name)")
      }
      let weights = try SafetensorsFile(
        contentsOf: folder.appendingPathComponent("model.safetensors"))
      let tensors = try #require(tree["model.safetensors"]?["tensors"]?.object)
      #expect(weights.entries.map(\.name).sorted() == tensors.keys.sorted())
      #expect(weights.metadata == ["format": "pt"])
      for entry in weights.entries {
        let expected = try #require(tensors[entry.name]?.array)
        #expect(expected[0].string == entry.dtype.safetensorsName)
        #expect(expected[1].array?.compactMap(\.int) == entry.shape)
      }
      let size =
        try FileManager.default.attributesOfItem(
          atPath: folder.appendingPathComponent("model.safetensors").path)[.size] as? Int
      #expect(size == tree["model.safetensors"]?["size"]?.int)
    }
  }

  @Test func `a saved model loads again with the same weights`() throws {
    let encoder = try SparseEncoder(folder: try #require(model))
    encoder.settings.prompts["query"] = "search: "
    encoder.settings.maxActiveDimensions = 12
    encoder.maximumLength = 32
    let texts = ["hello world", "wireless router without password"]
    let before = try encoder.encodeQueries(texts)
    try Fixtures.withTemporaryFolder { folder in
      try encoder.save(to: folder)
      let again = try SparseEncoder(folder: folder)
      #expect(again.settings == encoder.settings)
      #expect(again.maximumLength == 32)
      #expect(try again.encodeQueries(texts) == before)
      #expect(before[1].activeCount == 12)
    }
  }
}

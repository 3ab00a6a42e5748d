import Foundation
import SparrowCore
import SparrowModelFiles
import SparrowTestSupport
import Testing

struct SentenceTransformersSettingsTests {
  private func read(_ text: String) throws -> SentenceTransformersSettings {
    try Fixtures.withTemporaryFolder { folder in
      try Data(text.utf8).write(
        to: folder.appendingPathComponent("config_sentence_transformers.json"))
      return try SentenceTransformersSettings(folder: folder)
    }
  }

  @Test func `a folder without the file gives the defaults`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let settings = try SentenceTransformersSettings(folder: folder)
      #expect(settings == SentenceTransformersSettings())
    }
  }

  @Test func `what is written is read again`() throws {
    var settings = SentenceTransformersSettings()
    settings.prompts["query"] = "suche: "
    settings.defaultPromptName = "query"
    settings.similarity = .cosine
    settings.maxActiveDimensions = 64
    let written = JSONValue.object(settings.json(modelType: "SparseEncoder")).text()
    #expect(try read(written) == settings)
  }

  @Test(arguments: [
    (#"{"default_prompt_name": "title"}"#, "default_prompt_name", "document, query"),
    (#"{"prompts": {"query": 5}}"#, "prompts.query", "5"),
    (#"{"max_active_dims": 0}"#, "max_active_dims", "0"),
    ("[]", "config_sentence_transformers.json", "object"),
  ])
  func `a setting that makes no sense is refused`(
    _ text: String, _ place: String, _ found: String
  ) throws {
    #expect {
      try read(text)
    } throws: { error in
      let message = (error as? any SparrowError)?.description ?? ""
      return message.contains(place) && message.contains(found)
    }
  }
}

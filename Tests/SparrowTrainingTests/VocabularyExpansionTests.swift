import Foundation
import SparrowCore
import SparrowModels
import SparrowTensor
import SparrowTestSupport
import SparrowText
import SparrowTraining
import Testing

@Suite struct VocabularyExpansionTests {
  private static let texts = [
    "Vancomycin-resistant enterococci are treated.", "Enterococci and kubernetes",
    "the enterococci of 2024", "kubernetes kubernetes", "unrelated",
  ]

  private func counter(_ folder: URL) throws -> DomainTermCounter {
    var counter = DomainTermCounter(try Tokenizer(folder: folder))
    try counter.add(Self.texts)
    return counter
  }

  private func withModel(_ test: String, _ body: (URL, URL) throws -> Void) throws {
    guard let model = Fixtures.model("splade-tiny") else {
      return Fixtures.skip(test, because: "the model splade-tiny is not in .models")
    }
    try Fixtures.withTemporaryFolder { folder in
      try body(model, folder.appendingPathComponent("bigger"))
    }
  }

  @Test func `words in pieces are counted by what they would save`() throws {
    try withModel("domain terms") { model, _ in
      let counter = try counter(model)
      let terms = counter.terms(count: 10, minimumDocumentCount: 2)
      #expect(terms.map(\.text) == ["kubernetes", "enterococci"])
      #expect(terms.map(\.occurrenceCount) == [3, 3])
      #expect(terms.map(\.documentCount) == [2, 3])
      #expect(terms.allSatisfy { $0.savedTokenCount == 3 * ($0.pieces.count - 1) })
      #expect(counter.terms(count: 1, minimumDocumentCount: 2).map(\.text) == ["kubernetes"])
      #expect(counter.terms(count: 9, minimumPieceCount: 9).isEmpty)
    }
  }

  @Test func `a bigger model has a dimension for each term and keeps the others`() throws {
    try withModel("vocabulary expansion") { model, output in
      let terms = try counter(model).terms(count: 2, minimumDocumentCount: 2)
      try VocabularyExpansion(folder: model).write(terms, to: output)
      let before = try SparseEncoder(folder: model)
      let after = try SparseEncoder(folder: output)
      #expect(after.dimension == before.dimension + 2)
      #expect(after.term(TokenID(before.dimension)) == "kubernetes")
      let text = ["A bird flew over the wireless router"]
      let old = try before.encodeDocuments(text)[0]
      let new = try after.encodeDocuments(text)[0]
      let kept = zip(new.indices, new.values).filter { Int($0.0) < before.dimension }
      #expect(kept.map(\.0) == old.indices)
      #expect(zip(kept.map(\.1), old.values).allSatisfy { abs($0 - $1) < 1e-5 })
      let tokens = try Tokenizer(folder: output).encode("Enterococci!").tokens
      #expect(tokens == ["[CLS]", "enterococci", "!", "[SEP]"])
    }
  }

  @Test func `new rows are the mean of the pieces' rows`() throws {
    try withModel("rows of new terms") { model, output in
      let terms = try counter(model).terms(count: 2, minimumDocumentCount: 2)
      try VocabularyExpansion(folder: model).write(terms, to: output)
      let file = try SafetensorsFile(contentsOf: output.appendingPathComponent("model.safetensors"))
      for entry in file.entries where entry.shape.first == 30_524 {
        let tensor = try file.tensor(entry.name)
        for (place, term) in terms.enumerated() {
          let row = try tensor.narrowed(0, (30_522 + place)..<(30_523 + place))
          let rows = try tensor.selected(Tensor(term.pieces.map { Int64($0) }))
          let difference = try (row - rows.mean(0, keepsDimensions: true)).absolute().sum().item()
          #expect(difference < 1e-5, "\(entry.name)")
        }
      }
      #expect(file.entries.count { $0.shape.first == 30_524 } == 2)
    }
  }

  @Test func `what cannot be added is refused and leaves nothing behind`() throws {
    try withModel("refused terms") { model, output in
      let expansion = try VocabularyExpansion(folder: model)
      func message(_ terms: [DomainTerm]) -> String {
        do {
          try expansion.write(terms, to: output)
          return "nothing was thrown"
        } catch { return "\(error)" }
      }
      func term(_ text: String) -> DomainTerm {
        DomainTerm(text: text, pieces: [2000, 2001], occurrenceCount: 1, documentCount: 1)
      }
      #expect(message([]).contains("no term"))
      #expect(message([term("wireless")]).contains("has the token 'wireless' already"))
      #expect(message([term("two words")]).contains("does not read 'two words' as one word"))
      let files = try FileManager.default.contentsOfDirectory(
        atPath: output.deletingLastPathComponent().path)
      #expect(files.isEmpty)
    }
  }
}

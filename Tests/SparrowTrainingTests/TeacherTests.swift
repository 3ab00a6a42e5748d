import Foundation
import SparrowCore
import SparrowModelFiles
import SparrowModels
import SparrowTestSupport
import SparrowTraining
import Testing

@Suite struct TeacherTests {
  private let documents = ["w9 w10", "w20", "w30 w31 w32", "w5 w6 w7 w8"]

  @Test func `a dense encoder finds what is nearest by its similarity`() throws {
    try Fixtures.withFamilyModel("bert") { folder in
      let encoder = try DenseEncoder(folder: folder)
      for similarity in [SimilarityFunction.cosine, .dot] {
        encoder.settings.similarity = similarity
        let search = try DenseSearch(encoder).prepare(documents, progress: nil)
        let expected = try encoder.similarity(
          encoder.encodeQueries(["w9", "w6"]), encoder.encodeDocuments(documents))
        let found = try search.candidates(for: ["w9", "w6"], count: 4, progress: nil)
        for (candidates, scores) in zip(found, expected) {
          let order = scores.indices.sorted { scores[$0] > scores[$1] }
          #expect(candidates.map(\.document) == order)
          let difference = compare(
            candidates.map { Double($0.score) }, with: order.map { Double(scores[$0]) },
            absolute: 1e-5, relative: 1e-5)
          #expect(difference.isWithinTolerance, "\(difference)")
        }
      }
      encoder.settings.similarity = .manhattan
      #expect { _ = try DenseSearch(encoder) } throws: { "\($0)".contains("manhattan") }
    }
  }

  @Test func `a cross-encoder teaches with the scores of pairs`() throws {
    try Fixtures.withFamilyModel("bert-classifier") { folder in
      let teacher = try CrossEncoder(folder: folder)
      let queries = documents.map { _ in "w12" }
      let scores = try teacher.scores(queries: queries, documents: documents, progress: nil)
      let hits = try teacher.rerank("w12", documents)
      #expect(hits.allSatisfy { abs($0.score - scores[$0.index]) < 1e-6 })
      #expect(scores.count == documents.count)
    }
    try Fixtures.withFamilyModel("distilbert-classifier") { folder in
      let model = try CrossEncoder(folder: folder)
      #expect {
        _ = try model.scores(queries: ["w5"], documents: ["w6"], progress: nil)
      } throws: {
        "\($0)".contains("3 labels")
      }
    }
  }
}

import Foundation
import SparrowCore
import SparrowModelFiles
import SparrowTestSupport
import SparrowText
import Testing

struct TermWeightTableTests {
  /// A tokenizer of a few words.
  private func makeTokenizer(in folder: URL) throws -> Tokenizer {
    let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "red", "green", "blue", "##s"]
    try Data(words.joined(separator: "\n").utf8).write(
      to: folder.appendingPathComponent("vocab.txt"))
    return try Tokenizer(folder: folder)
  }

  private func read(
    _ idf: String, _ rule: TermWeightTable.UnknownTokenRule = .skip
  ) throws -> [Float] {
    try Fixtures.withTemporaryFolder { folder in
      let tokenizer = try makeTokenizer(in: folder)
      let url = folder.appendingPathComponent("idf.json")
      try Data(idf.utf8).write(to: url)
      return try TermWeightTable(idfFile: url, tokenizer: tokenizer, unknownTokens: rule).weights
    }
  }

  @Test func `entries that are no tokens are skipped or overwrite the unknown token's weight`()
    throws
  {
    let idf = ###"{"[UNK]": 1, "red": 2.5, "mauve": 7, "##s": -0.5, "puce": 8}"###
    #expect(try read(idf) == [0, 1, 0, 0, 0, 2.5, 0, 0, -0.5])
    #expect(try read(idf, .overwriteUnknownToken) == [0, 8, 0, 0, 0, 2.5, 0, 0, -0.5])
  }

  @Test(arguments: [
    ("{}", "weight for each token"), ("[1]", "weight for each token"),
    (#"{"red": "high"}"#, "(red)"), (#"{"red": NaN}"#, "finite"),
  ])
  func `a table that makes no sense is refused`(_ idf: String, _ word: String) throws {
    #expect { try read(idf) } throws: { error in
      let text = (error as? any SparrowError)?.description ?? ""
      return text.contains("idf.json") && text.contains(word)
    }
  }

  @Test func `frequencies of a corpus give BM25's inverse document frequencies`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let tokenizer = try makeTokenizer(in: folder)
      let corpus = ["red red reds", "Red green", "green", "red blues"]
      let table = try TermWeightTable(
        inverseDocumentFrequenciesOf: corpus, tokenizer: tokenizer, unseenWeight: 0.25)
      let counts = [5: 3, 6: 2, 7: 1, 8: 2]
      for (id, weight) in table.weights.enumerated() {
        let expected =
          counts[id].map { log(1 + (4 - Double($0) + 0.5) / (Double($0) + 0.5)) } ?? 0.25
        #expect(abs(Double(weight) - expected) < 1e-6, "\(id)")
      }
      #expect(throws: ModelError.self) {
        try TermWeightTable(inverseDocumentFrequenciesOf: [], tokenizer: tokenizer)
      }
    }
  }

  @Test func `a vector has each token once and leaves out what weighs nothing`() {
    let table = TermWeightTable(weights: [0.5, 0, -2, 4])
    let vector = table.vector(of: [3, 0, 1, 3, 2, 9, -1, 0])
    #expect(vector.dimension == 4)
    #expect(vector.indices == [0, 2, 3])
    #expect(vector.values == [0.5, -2, 4])
    #expect(table.vector(of: []).indices.isEmpty)
  }
}

import Foundation
import SparrowCore
import SparrowModelFiles
import SparrowModels
import SparrowTestSupport
import Testing

/// Folders laid out as published checkpoints are, with small random weights.
@Suite struct CheckpointLayoutTests {
  private static let families = FamilyTests.names

  private func write(_ text: String, to folder: URL, _ name: String) throws {
    let url = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  private func weights(_ folder: URL) throws -> SparseMatrix {
    try SparseEncoder(folder: folder).encodeDocuments(["w5 w6 w7", "w40"])
  }

  /// naver/splade-v3 (BERT), opensearch-neural-sparse-encoding-v2-distill (DistilBERT),
  /// granite-embedding-30m-sparse (RoBERTa) and their like, as Hugging Face and Sentence Transformers 5
  /// lay them out.
  @Test(arguments: families)
  func `a masked-LM folder is a SPLADE model with and without a list of modules`(
    _ name: String
  ) throws {
    try Fixtures.withFamilyModel(name) { folder in
      let plain = try weights(folder)
      #expect(plain.rowCount == 2)
      #expect(plain[0].activeCount > 0)
      let prefix = "sentence_transformers.sparse_encoder.models"
      try write(
        """
        [{"idx": 0, "name": "0", "path": "", "type": "\(prefix).MLMTransformer"},
         {"idx": 1, "name": "1", "path": "1_SpladePooling", "type": "\(prefix).SpladePooling"}]
        """, to: folder, "modules.json")
      try write(#"{"max_seq_length": 64}"#, to: folder, "sentence_bert_config.json")
      try write(#"{"pooling_strategy": "max"}"#, to: folder, "1_SpladePooling/config.json")
      #expect(try weights(folder) == plain)
    }
  }

  /// opensearch-neural-sparse-encoding-doc-v3-gte has an architecture of its own.
  @Test func `an architecture that comes as code is refused by name`() throws {
    try Fixtures.withFamilyModel("bert") { folder in
      try write(
        #"{"model_type": "new", "architectures": ["NewForMaskedLM"], "auto_map": {}}"#,
        to: folder, "config.json")
      #expect {
        try SparseEncoder(folder: folder)
      } throws: { error in
        let message = (error as? ModelError)?.message ?? ""
        return ["'new'", "bert", "modernbert"].allSatisfy(message.contains)
      }
    }
  }
}

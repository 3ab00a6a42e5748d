import Foundation
import SparrowCore

extension ModelCard {
  /// The card of a model that scores pairs.
  func crossEncoderMarkdown(_ architecture: ModelArchitecture, labelCount: Int) -> String {
    var parts = [
      frontMatter(
        tags: ["sentence-transformers", "cross-encoder", "reranker"] + trainingTags,
        pipeline: "text-ranking", name: name ?? "Cross Encoder"),
      """
      # \(name ?? "Cross Encoder")

      This is a Cross Encoder model\(origin). It reads two texts together and gives \
      \(labelCount == 1 ? "a score" : "\(labelCount) scores"), which can be used to rerank what a \
      first stage found. It was made with Sparrow and is a model of \
      [Sentence Transformers](https://www.SBERT.net): either loads it.
      """,
      crossEncoderDetails(architecture, labelCount: labelCount), crossEncoderUsage,
    ]
    if !evaluations.isEmpty { parts.append(evaluationSection) }
    if let training { parts.append(Self.trainingSection(training)) }
    parts.append(Self.citations([.sentenceTransformers]))
    return parts.joined(separator: "\n\n") + "\n"
  }

  private func crossEncoderDetails(
    _ architecture: ModelArchitecture, labelCount: Int
  ) -> String {
    var lines = [
      "## Model Details", "", "### Model Description", "- **Model Type:** Cross Encoder",
    ]
    lines += originLines
    lines.append("- **Number of Output Labels:** \(labelCount) label\(labelCount > 1 ? "s" : "")")
    lines += languageAndLicenseLines
    lines += [
      "", "### Full Model Architecture", "", "```", architecture.text(of: "CrossEncoder"), "```",
    ]
    return lines.joined(separator: "\n")
  }

  private var crossEncoderUsage: String {
    let usage = usageExample
    let documents = usageDocumentLines
    return """
      ## Usage

      ### Swift

      ```swift
      import Sparrow

      let encoder = try CrossEncoder(folder: URL(fileURLWithPath: \(Self.quoted(modelID))))
      let documents = [
      \(documents)
      ]
      for hit in try encoder.rerank(\(Self.quoted(usage.query)), documents) {
        print(hit.score, documents[hit.index])
      }
      \(usage.comment)
      ```

      ### Python

      ```python
      from sentence_transformers import CrossEncoder

      model = CrossEncoder(\(Self.quoted(modelID)))
      documents = [
      \(documents)
      ]
      print(model.predict([(\(Self.quoted(usage.query)), document) for document in documents]))
      \(usage.comment.replacing("//", with: "#"))
      ```
      """
  }
}

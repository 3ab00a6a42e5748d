import Foundation
import SparrowCore

extension ModelCard {
  /// The whole card.
  func markdown(_ architecture: ModelArchitecture) -> String {
    if let labelCount { return crossEncoderMarkdown(architecture, labelCount: labelCount) }
    let kind = (architecture.kinds + ["Sparse Encoder"]).joined(separator: " ")
    var parts = [
      frontMatter(
        tags: tags(architecture), pipeline: "feature-extraction", name: name ?? kind),
      introduction(kind), details(kind, architecture), usageSection,
    ]
    if !evaluations.isEmpty { parts.append(evaluationSection) }
    if let training { parts.append(Self.trainingSection(training)) }
    parts.append(Self.citations([.sentenceTransformers, .splade]))
    return parts.joined(separator: "\n\n") + "\n"
  }

  // MARK: Metadata

  /// Tags, base model, examples and numbers, as the Hub reads them.
  func frontMatter(tags: [String], pipeline: String, name: String) -> String {
    var lines = ["---"]
    if !languages.isEmpty { lines += ["language:"] + languages.map { "- \($0)" } }
    if let license { lines.append("license: \(license)") }
    lines += ["tags:"] + tags.map { "- \($0)" }
    if let baseModel { lines.append("base_model: \(Self.quoted(baseModel))") }
    if let usage {
      lines.append("widget:")
      lines += ([usage.query] + usage.documents).map { "- text: \(Self.quoted($0))" }
    }
    lines += ["pipeline_tag: \(pipeline)", "library_name: sentence-transformers"]
    let metrics = evaluations.flatMap(\.metrics)
    if !metrics.isEmpty {
      lines += ["metrics:"] + metrics.map { "- \(Self.quoted($0.key))" }
      lines += ["model-index:", "- name: \(Self.quoted(name))", "  results:"]
      for evaluation in evaluations {
        let subject = Self.quoted(evaluation.name.isEmpty ? "unknown" : evaluation.name)
        lines += [
          "  - task:", "      type: \(task(evaluation).type)",
          "      name: \(task(evaluation).name)", "    dataset:", "      name: \(subject)",
          "      type: \(subject)", "    metrics:",
        ]
        for (key, value) in evaluation.metrics {
          lines += [
            "    - type: \(Self.quoted(key))", "      value: \(value)",
            "      name: \(Self.quoted(Self.title(key)))",
          ]
        }
      }
    }
    return (lines + ["---"]).joined(separator: "\n")
  }

  private func tags(_ architecture: ModelArchitecture) -> [String] {
    ["sentence-transformers", "sparse-encoder", "sparse"]
      + architecture.kinds.map { $0.lowercased() } + trainingTags
  }

  /// What tags say about training: data and losses.
  var trainingTags: [String] {
    guard let training else { return [] }
    var tags = ["generated_from_trainer"]
    tags.append("dataset_size:\(training.datasets.reduce(0) { $0 + $1.rowCount })")
    for dataset in training.datasets {
      let names = [
        dataset.loss["name"]?.string, dataset.loss["loss"]?["name"]?.string,
        labelCount == nil ? dataset.loss["document_regularizer"]?.string ?? "FlopsLoss" : nil,
      ]
      for name in names.compactMap(\.self) where !tags.contains("loss:\(name)") {
        tags.append("loss:\(name)")
      }
    }
    return tags
  }

  private func task(_ evaluation: Evaluation) -> (type: String, name: String) {
    let keys = evaluation.metrics.map(\.key)
    if labelCount != nil {
      let isRanking = keys.contains { $0.contains("ndcg") }
      return isRanking
        ? ("cross-encoder-reranking", "Cross Encoder Reranking")
        : ("cross-encoder-classification", "Cross Encoder Classification")
    }
    if keys.contains(where: { $0.contains("ndcg") || $0.contains("mrr") }) {
      return ("sparse-information-retrieval", "Sparse Information Retrieval")
    }
    if keys.contains(where: { $0.contains("spearman") }) {
      return ("semantic-similarity", "Semantic Similarity")
    }
    return ("sparse-encoding", "Sparse Encoding")
  }

  private static func title(_ key: String) -> String {
    key.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }
      .joined(separator: " ")
  }

  /// A text as YAML takes it anywhere: in double quotes, escaped as JSON.
  static func quoted(_ text: String) -> String {
    JSONValue.string(text).text(JSONFormat(escapesNonASCII: false))
  }

  // MARK: What it is

  private func introduction(_ kind: String) -> String {
    """
    # \(name ?? kind)

    This is a \(kind) model\(origin). It maps texts to a \(dimension)-dimensional sparse vector \
    space, in which each dimension is a term of a vocabulary and most weights are zero, and can be \
    used for semantic search and sparse retrieval. It was made with Sparrow and is a model of \
    [Sentence Transformers](https://www.SBERT.net): either loads it.
    """
  }

  /// What the model was made from, in a sentence's end.
  var origin: String { baseModel.map { " finetuned from `\($0)`" } ?? "" }

  private func details(_ kind: String, _ architecture: ModelArchitecture) -> String {
    var lines = ["## Model Details", "", "### Model Description", "- **Model Type:** \(kind)"]
    lines += originLines
    lines.append("- **Output Dimensionality:** \(dimension) dimensions")
    lines.append("- **Similarity Function:** \(similarity.title)")
    lines += languageAndLicenseLines
    lines += [
      "", "### Full Model Architecture", "", "```", architecture.text(of: "SparseEncoder"), "```",
    ]
    return lines.joined(separator: "\n")
  }

  /// The base model and the longest text.
  var originLines: [String] {
    [
      baseModel.map { "- **Base model:** `\($0)`" },
      maximumLength.map { "- **Maximum Sequence Length:** \($0) tokens" },
    ].compactMap(\.self)
  }

  /// Languages and licence, as far as they are known.
  var languageAndLicenseLines: [String] {
    [
      languages.isEmpty ? nil : "- **Language:** \(languages.joined(separator: ", "))",
      license.map { "- **License:** \($0)" },
    ].compactMap(\.self)
  }

  /// Example texts, made up where there are none of the data.
  var usageExample: Usage {
    usage
      ?? Usage(
        query: "wireless router",
        documents: ["How to set up a home network", "Baking bread"], similarities: [])
  }

  /// The documents of the example as lines of an array, in Swift and in Python.
  var usageDocumentLines: String {
    usageExample.documents.map { "    \(Self.quoted($0))," }.joined(separator: "\n")
  }

  private var usageSection: String {
    let usage = usageExample
    let documents = usageDocumentLines
    return """
      ## Usage

      ### Swift

      ```swift
      import Sparrow

      let encoder = try SparseEncoder(folder: URL(fileURLWithPath: \(Self.quoted(modelID))))
      let query = try encoder.encodeQueries([\(Self.quoted(usage.query))])
      let documents = try encoder.encodeDocuments([
      \(documents)
      ])
      print(try encoder.similarity(query, documents)[0])
      \(usage.comment)
      print(encoder.decode(query[0], count: 10))
      ```

      ### Python

      ```python
      from sentence_transformers import SparseEncoder

      model = SparseEncoder(\(Self.quoted(modelID)))
      query = model.encode_query([\(Self.quoted(usage.query))])
      documents = model.encode_document([
      \(documents)
      ])
      print(model.similarity(query, documents))
      \(usage.comment.replacing("//", with: "#"))
      ```
      """
  }

  /// The numbers of evaluations in tables.
  var evaluationSection: String {
    var lines = ["## Evaluation", "", "### Metrics"]
    for evaluation in evaluations {
      lines += ["", "#### \(task(evaluation).name)", ""]
      if !evaluation.name.isEmpty { lines += ["* Dataset: `\(evaluation.name)`", ""] }
      lines += ["| Metric | Value |", "|:--|:--|"]
      lines += evaluation.metrics.map { "| \($0.key) | \(String(format: "%.4f", $0.value)) |" }
    }
    return lines.joined(separator: "\n")
  }

  /// What a card can cite.
  enum Citation: String {
    case sentenceTransformers = """
      #### Sentence Transformers
      ```bibtex
      @inproceedings{reimers-2019-sentence-bert,
          title = "Sentence-BERT: Sentence Embeddings using Siamese BERT-Networks",
          author = "Reimers, Nils and Gurevych, Iryna",
          booktitle = "Proceedings of EMNLP-IJCNLP 2019",
          year = "2019",
          url = "https://arxiv.org/abs/1908.10084",
      }
      ```
      """
    case splade = """
      #### SPLADE
      ```bibtex
      @misc{formal2021spladev2,
          title = "SPLADE v2: Sparse Lexical and Expansion Model for Information Retrieval",
          author = "Formal, Thibault and Lassance, Carlos and Piwowarski, Benjamin and Clinchant, Stéphane",
          year = "2021",
          url = "https://arxiv.org/abs/2109.10086",
      }
      ```
      """
  }

  /// What to cite.
  static func citations(_ citations: [Citation]) -> String {
    (["## Citation", "### BibTeX"] + citations.map(\.rawValue)).joined(separator: "\n\n")
  }
}

extension ModelCard.Usage {
  /// The similarities as a comment of Swift, empty when there are none.
  var comment: String {
    similarities.isEmpty
      ? "" : "// [\(similarities.map { String(format: "%.4f", $0) }.joined(separator: ", "))]"
  }
}

extension SimilarityFunction {
  /// The function's name in words.
  fileprivate var title: String {
    switch self {
    case .dot: "Dot Product"
    case .cosine: "Cosine Similarity"
    case .euclidean: "Euclidean Distance"
    case .manhattan: "Manhattan Distance"
    }
  }
}

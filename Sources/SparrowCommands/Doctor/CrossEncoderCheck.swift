import Foundation
import SparrowModels
import SparrowNN
import SparrowTensor
import SparrowText

/// Looks at a cross-encoder and scores a pair that matches and one that does not.
struct CrossEncoderCheck {
  private let folder: URL
  private let encoder: CrossEncoder

  private static let query = "how to bake bread"
  private static let documents = [
    "Bread is baked from flour, water, salt and yeast.",
    "Goldfish live in water and eat flakes.",
  ]

  /// Loads the model.
  init(_ folder: URL) throws {
    self.folder = folder
    encoder = try CrossEncoder(folder: folder)
  }

  /// What is found, one line for each thing.
  func findings() -> [Finding] {
    let parameterCount = encoder.namedParameters.reduce(0) { $0 + $1.parameter.tensor.count }
    let length = encoder.maximumLength.map { "\($0) tokens" } ?? "no limit"
    let labelCount = encoder.classifier.labelCount
    let description =
      "a cross-encoder with \(NumberText.count(parameterCount)) parameters, \(labelCount) label\(labelCount == 1 ? "" : "s"), \(length)"
    var findings = [Finding(.ok, "model", "\(folder.relativePath): \(description)")]
    findings += encoder.warnings.map { Finding(.warn, "model", $0) }
    do {
      findings.append(try scoring())
    } catch {
      findings.append(Finding("scoring", error))
    }
    return findings
  }

  private func scoring() throws -> Finding {
    let subject = "scoring"
    let pairs = Self.documents.map { TokenizerInput(Self.query, pair: $0) }
    let scores = try encoder.scores(pairs)
    guard scores.joined().allSatisfy(\.isFinite) else {
      return Finding(
        .fail, subject, "scores that are not finite numbers",
        advice: "The weights are damaged; get the model again, or go back to an older checkpoint.")
    }
    guard encoder.classifier.labelCount == 1 else {
      return Finding(
        .warn, subject, "several scores a pair, so that documents cannot be sorted",
        advice: "sparrow rerank needs a model with one label.")
    }
    let detail =
      "a document that answers '\(Self.query)' gets \(NumberText.fixed(Double(scores[0][0]), 4)), another \(NumberText.fixed(Double(scores[1][0]), 4))"
    return scores[0][0] > scores[1][0]
      ? Finding(.ok, subject, detail)
      : Finding(
        .warn, subject, detail,
        advice: "A model that was trained to rank sorts these the other way round; train it first.")
  }
}

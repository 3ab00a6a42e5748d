import Foundation
import SparrowCore
import SparrowModels
import SparrowNN
import SparrowTensor

/// Loads a model and encodes with it.
struct ModelCheck {
  let folder: String

  private static let sample = "The quick brown fox jumps over the lazy dog."

  /// What is found, one line for each thing.
  func findings() -> [Finding] {
    let subject = "model"
    let encoder: SparseEncoder
    do {
      let url = URL(fileURLWithPath: folder)
      if try CrossEncoder.recognizes(url) { return try CrossEncoderCheck(url).findings() }
      encoder = try SparseEncoder(folder: url)
    } catch {
      return [Finding(subject, error)]
    }
    let parameterCount = encoder.parameters.reduce(0) { $0 + $1.tensor.count }
    let length = encoder.maximumLength.map { "\($0) tokens" } ?? "no limit"
    var findings = [
      Finding(
        .ok, subject,
        "\(folder): \(NumberText.count(parameterCount)) parameters, \(NumberText.count(encoder.dimension)) terms, \(length), compares by \(encoder.similarity.rawValue)"
      )
    ]
    findings += encoder.warnings.map { Finding(.warn, subject, $0) }
    do {
      let vector = try encoder.encodeDocuments([Self.sample])[0]
      findings.append(judge(vector, encoder))
    } catch {
      findings.append(Finding("encoding", error))
    }
    return findings
  }

  private func judge(_ vector: SparseVector, _ encoder: SparseEncoder) -> Finding {
    let subject = "encoding"
    guard vector.values.allSatisfy(\.isFinite) else {
      return Finding(
        .fail, subject, "weights that are not finite numbers",
        advice: "The weights are damaged; get the model again, or go back to an older checkpoint.")
    }
    let count = NumberText.count(vector.activeCount)
    let terms = encoder.decode(vector, count: 5).map(\.term).joined(separator: ", ")
    switch vector.activeCount {
    case 0:
      return Finding(
        .fail, subject, "no active dimension for a plain sentence",
        advice: "The model has collapsed; train with smaller regularizer weights.")
    case 2001...:
      return Finding(
        .warn, subject, "\(count) active dimensions for a plain sentence",
        advice: "Sparse models have some hundreds; train with larger regularizer weights.")
    default:
      return Finding(
        .ok, subject, "\(count) active dimensions for a plain sentence: \(terms), …")
    }
  }
}

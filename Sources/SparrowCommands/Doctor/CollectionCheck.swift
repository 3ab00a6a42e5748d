import Foundation
import SparrowCore
import SparrowData
import SparrowEvaluation

/// Reads a collection in BEIR's layout and looks whether its parts belong together.
struct CollectionCheck {
  let folder: String

  /// What is found, one line for each thing.
  func findings() -> [Finding] {
    let subject = "collection"
    do {
      let collection = try BEIRCollection(folder: URL(fileURLWithPath: folder))
      let documents = try collection.loadDocuments()
      let empty = documents.filter { $0.content.allSatisfy(\.isWhitespace) }
      var findings = [
        Finding(.ok, subject, "\(folder): \(NumberText.count(documents.count)) documents")
      ]
      if let first = empty.first {
        findings.append(
          Finding(
            .warn, subject,
            "\(NumberText.count(empty.count)) documents are empty, the first is '\(first.id)'",
            advice: "Leave them out; nothing can find them."))
      }
      if collection.splits.isEmpty {
        findings.append(
          Finding(
            .warn, subject, "no judgments",
            advice: "sparrow evaluate needs qrels/SPLIT.tsv; sparrow search does not."))
      }
      let ids = Set(documents.map(\.id))
      return findings + collection.splits.map { check(split: $0, of: collection, ids) }
    } catch {
      return [Finding(subject, error)]
    }
  }

  private func check(
    split: String, of collection: BEIRCollection, _ ids: Set<DocumentID>
  ) -> Finding {
    let subject = "split '\(split)'"
    do {
      let qrels = try collection.qrels(split: split)
      let queries = try collection.loadQueries(judgedIn: qrels)
      let relevant = qrels.relevantDocuments
      let missing = Set(relevant.values.joined()).subtracting(ids)
      let detail =
        "\(NumberText.count(queries.count)) queries, \(NumberText.count(qrels.judgmentCount)) judgments"
      guard !relevant.isEmpty else {
        return Finding(
          .fail, subject, detail + ", none above grade 0",
          advice: "At least one document must be relevant to a query.")
      }
      guard let first = missing.min() else { return Finding(.ok, subject, detail) }
      return Finding(
        .warn, subject,
        detail
          + "; \(NumberText.count(missing.count)) relevant documents are not in the corpus, the first is '\(first)'",
        advice: "They count as never found; are corpus and judgments of the same release?")
    } catch {
      return Finding(subject, error)
    }
  }
}

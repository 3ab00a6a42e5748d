import Foundation
import SparrowCore
import SparrowData

/// The real texts that both sides work on.
struct BenchmarkTexts {
  private let collection: BEIRCollection

  init(folder: URL) throws { collection = try BEIRCollection(folder: folder) }

  /// Title, a space, text of the first `count` documents.
  func documents(_ count: Int) throws -> [String] {
    var reader = try collection.documentReader()
    var texts: [String] = []
    while texts.count < count, let document = try reader.next() { texts.append(document.content) }
    return texts
  }

  /// Pairs for every step of a training, warm-ups included: no two steps have the same.
  ///
  /// When pairs run out, they begin again.
  func batches(_ options: BenchmarkOptions) throws -> [[(query: String, document: String)]] {
    let stepCount = options.warmupCount + options.roundCount
    let pairs = try pairs(stepCount * options.count)
    return (0..<stepCount).map { step in
      (0..<options.count).map { pairs[(step * options.count + $0) % pairs.count] }
    }
  }

  /// The first `count` pairs of the train split in file order, no query or document twice.
  func pairs(_ count: Int) throws -> [(query: String, document: String)] {
    let queries = Dictionary(
      uniqueKeysWithValues: try collection.loadQueries().map { ($0.id.rawValue, $0.text) })
    let documents = Dictionary(
      uniqueKeysWithValues: try collection.loadDocuments().map { ($0.id.rawValue, $0.content) })
    let judgments = try String(
      contentsOf: collection.folder.appendingPathComponent("qrels/train.tsv"), encoding: .utf8)
    var seen: Set<String> = []
    var pairs: [(query: String, document: String)] = []
    for line in judgments.split(whereSeparator: \.isNewline).dropFirst() {
      let fields = line.split(separator: "\t").map(String.init)
      guard pairs.count < count, fields.count == 3, !seen.contains(fields[0]),
        !seen.contains(fields[1]), let query = queries[fields[0]],
        let document = documents[fields[1]]
      else { continue }
      seen.formUnion(fields.prefix(2))
      pairs.append((query, document))
    }
    return pairs
  }
}

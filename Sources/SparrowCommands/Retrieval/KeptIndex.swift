import Foundation
import SparrowCore
import SparrowData
import SparrowIndex
import SparrowModels
import SparrowRetrieval

/// The index of `--index`: a collection's encoded documents, kept from one command to the next.
struct KeptIndex {
  let folder: URL
  let collection: URL
  let model: RetrievalModelOptions
  /// The model's folder.
  let modelFolder: URL

  /// The index when it is of this model and collection as they are now, else a fresh one.
  ///
  /// - Throws: an error of the folder when it holds other things or a damaged index; whatever
  ///   reading and encoding throw.
  func snapshot(
    _ encoder: any SparseEncoding, _ context: CommandContext, _ progress: ProgressDisplay
  ) throws -> IndexSnapshot {
    let source = source.text(.compact)
    let kept = CollectionIndex.source(of: folder)
    if kept != source {
      if kept != nil {
        context.note(
          "The index in \(folder.path) is of another model, collection or setting; the documents are encoded again."
        )
      }
      var reader = try BEIRCollection(folder: collection).documentReader()
      try CollectionIndex.build(
        at: folder, with: encoder, source: source,
        options: model.encoding.options(progress.reporter),
        documentCount: try TextInput.lineCount(
          of: collection.appendingPathComponent("corpus.jsonl"))
      ) { count in
        var documents: [Document] = []
        while documents.count < count, let document = try reader.next() {
          documents.append(document)
        }
        return documents
      }
    }
    return try CollectionIndex(openingAt: folder).snapshot
  }

  /// What the vectors depend on: files by size and time of change, and settings.
  private var source: JSONValue {
    let encoding = model.encoding
    return [
      "model": Self.state(
        of: modelFolder,
        ["model.safetensors", "config.json", "modules.json", "tokenizer.json"]),
      "collection": Self.state(of: collection, ["corpus.jsonl", "corpus.jsonl.gz"]),
      "precision": .string(encoding.precision.rawValue),
      "max_length": encoding.maxLength.map { .integer(Int64($0)) } ?? .null,
      "max_active": encoding.maxActive.map { .integer(Int64($0)) } ?? .null,
    ]
  }

  private static func state(of folder: URL, _ names: [String]) -> JSONValue {
    .array(
      names.compactMap { name in
        let path = folder.appendingPathComponent(name).path
        guard
          let attributes = try? FileManager.default.attributesOfItem(atPath: path),
          let byteCount = attributes[.size] as? Int,
          let date = attributes[.modificationDate] as? Date
        else { return nil }
        return [
          .string(name), .integer(Int64(byteCount)),
          .integer(Int64(date.timeIntervalSince1970 * 1000)),
        ]
      })
  }
}

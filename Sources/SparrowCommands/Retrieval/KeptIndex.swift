import Foundation
import SparrowCore
import SparrowData
import SparrowIndex
import SparrowRetrieval

/// An index that follows a collection: its encoded documents, kept from one command to the next.
struct KeptIndex {
  let folder: URL
  let collection: URL
  let model: RetrievalModelOptions
  /// The model's folder.
  let modelFolder: URL

  /// The index when it is of this model and collection as they are now, else a fresh one.
  ///
  /// - Throws: an error of the folder when it holds other things, an index that follows no
  ///   collection, or a damaged one; whatever reading and encoding throw.
  func snapshot(
    _ encoder: any SparseEncoding, _ context: CommandContext, _ progress: ProgressDisplay
  ) throws -> IndexSnapshot {
    let kept = try? CollectionNote(of: folder)
    if let kept, kept.origin == nil {
      throw CommandError(
        .usage,
        "'sparrow index build' made this index, and it follows no collection. Leave --collection out to search it, or name another folder.",
        at: FileLocation(path: folder.path))
    }
    let note = CollectionNote(
      space: try model.encoding.space(of: modelFolder, reusing: kept?.space),
      origin: origin)
    if kept != note {
      if kept != nil {
        context.note(
          "The index in \(folder.path) is of another model, collection or setting; the documents are encoded again."
        )
      }
      var source = try DocumentSource(collection: collection)
      try CollectionIndex.build(
        at: folder, with: encoder, note: note, progress: progress.reporter,
        documentCount: source.count
      ) { count in try source.next(count) }
    }
    return try CollectionIndex(openingAt: folder).snapshot
  }

  /// The collection's file by size and time of change.
  private var origin: JSONValue {
    .array(
      ["corpus.jsonl", "corpus.jsonl.gz"].compactMap { name in
        let path = collection.appendingPathComponent(name).path
        guard
          let attributes = try? FileManager.default.attributesOfItem(atPath: path),
          let byteCount = attributes[.size] as? Int,
          let date = attributes[.modificationDate] as? Date
        else { return nil }
        return [
          "file": .string(name), "bytes": .integer(Int64(byteCount)),
          "changed": .integer(Int64(date.timeIntervalSince1970 * 1000)),
        ]
      })
  }
}

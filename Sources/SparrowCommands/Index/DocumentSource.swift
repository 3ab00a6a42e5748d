import Foundation
import SparrowCore
import SparrowData
import SparrowRetrieval

/// The documents of a file, a collection or the standard input, one window after another.
struct DocumentSource {
  /// The number of documents, nil when it is not known beforehand.
  let count: Int?
  private var reader: BEIRDocumentReader

  /// A window ends at so many bytes of text.
  private static let windowByteCount = 64 << 20

  /// Opens the corpus of a folder in BEIR's layout.
  ///
  /// - Throws: an error of the folder.
  init(collection folder: URL) throws {
    reader = try BEIRCollection(folder: folder).documentReader()
    let plain = folder.appendingPathComponent("corpus.jsonl")
    count = try TextInput.lineCount(of: plain)
  }

  /// Opens a file of JSON lines, possibly compressed.
  ///
  /// - Throws: an error of the file.
  init(file: URL) throws {
    reader = try BEIRDocumentReader(contentsOf: file)
    count = file.pathExtension.lowercased() == "gz" ? nil : try TextInput.lineCount(of: file)
  }

  /// Reads the standard input.
  init(_ context: CommandContext) {
    reader = BEIRDocumentReader(lines: context.standardInputLines)
    count = nil
  }

  /// The next documents, at most as many as asked for, none at the end.
  ///
  /// - Throws: an error that names file and line when a line is broken.
  mutating func next(_ limit: Int) throws -> [CollectionDocument] {
    var documents: [CollectionDocument] = []
    var byteCount = 0
    while documents.count < limit, byteCount < Self.windowByteCount,
      let (document, members) = try reader.nextWithMembers()
    {
      byteCount += document.text.utf8.count
      documents.append(CollectionDocument(document, members: members))
    }
    return documents
  }
}

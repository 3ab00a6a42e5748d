import Foundation
import SparrowCore
import SparrowEngines
import SparrowIndex
import SparrowRetrieval

/// Documents on their way into an engine: read, encoded, and each identifier once.
struct PushInput {
  /// Documents whose identifier an earlier one had.
  struct Repetition: Hashable {
    var count = 0
    var first: DocumentID?
  }

  /// The fields that the engine filters by.
  let fields: [String: EngineSchema.FieldKind]
  /// The documents whose identifier an earlier one had, which are left out.
  private(set) var repetition = Repetition()
  private var source: DocumentSource
  private let encoder: any SparseEncoding
  private let options: EncodingOptions
  private var seen: Set<DocumentID> = []
  /// How many documents were read.
  private(set) var readCount = 0
  private var waiting: ArraySlice<CollectionDocument>

  /// How many documents are looked at to find fields.
  private static let sampleDocumentCount = 1024
  /// How many documents are encoded at once.
  private static let windowDocumentCount = 256

  /// Opens an input.
  ///
  /// - Parameters:
  ///   - source: the documents.
  ///   - encoder: makes their vectors.
  ///   - options: how.
  ///   - names: the fields to filter by; nil takes those of the first documents whose names suit.
  /// - Throws: an error of the input; one of usage when no document has a field that is named.
  init(
    _ source: DocumentSource, encoder: any SparseEncoding, options: EncodingOptions,
    fields names: [String]?
  ) throws {
    self.source = source
    self.encoder = encoder
    self.options = options
    waiting = try self.source.next(Self.sampleDocumentCount)[...]
    var kinds: [String: EngineSchema.FieldKind] = [:]
    for document in waiting {
      for (name, value) in document.fields where names?.contains(name) ?? true {
        guard names != nil || FieldName.isUsable(name) else { continue }
        kinds[name] = kinds[name] ?? Self.kind(of: value)
      }
    }
    for name in names ?? [] where kinds[name] == nil {
      throw CommandError(
        .usage,
        "None of the first \(NumberText.count(waiting.count)) documents has a word or a number '\(name)' to filter by."
      )
    }
    fields = kinds
  }

  /// Whether there is nothing to push.
  var isEmpty: Bool { waiting.isEmpty && readCount == 0 }

  /// Passes over documents that are in the engine already.
  mutating func skip(_ count: Int) throws {
    while readCount < count, let document = try nextDocument() { _ = takes(document) }
  }

  private mutating func nextDocument() throws -> CollectionDocument? {
    if waiting.isEmpty { waiting = try source.next(Self.windowDocumentCount)[...] }
    guard let document = waiting.popFirst() else { return nil }
    readCount += 1
    return document
  }

  private mutating func takes(_ document: CollectionDocument) -> Bool {
    if seen.insert(document.document.id).inserted { return true }
    repetition.count += 1
    repetition.first = repetition.first ?? document.document.id
    return false
  }

  /// Reads and encodes the next documents, none at the end.
  mutating func nextWindow() throws -> [DocumentPipe.Entry] {
    var window: [CollectionDocument] = []
    var readCounts: [Int] = []
    while window.count < Self.windowDocumentCount, let document = try nextDocument() {
      guard takes(document) else { continue }
      window.append(document)
      readCounts.append(readCount)
    }
    guard !window.isEmpty else { return [] }
    let vectors = try encoder.encode(
      window.map(\.document.content), role: .document, options: options)
    return window.enumerated().map { row, document in
      let encoded = EngineDocument(
        id: document.document.id, vector: vectors[row],
        fields: document.fields.filter { fields[$0.key] == Self.kind(of: $0.value) },
        payload: document.payload)
      return DocumentPipe.Entry(document: encoded, readCount: readCounts[row])
    }
  }

  private static func kind(of value: FieldValue) -> EngineSchema.FieldKind {
    switch value {
    case .keywords: .keyword
    case .number: .number
    }
  }
}

import SparrowCore

/// Where a segment being written takes its documents from.
enum RowSource {
  case pending(PendingRows)
  case segment(Segment)

  /// The identifier of a row.
  func identifier(of row: Int) -> DocumentID {
    switch self {
    case .pending(let rows): rows.identifiers[row]
    case .segment(let segment): segment.identifier(of: row)
    }
  }

  /// The number of entries of a row.
  func entryCount(of row: Int) -> Int {
    switch self {
    case .pending(let rows): rows.entries(of: row).count
    case .segment(let segment): segment.entryCount(of: row)
    }
  }

  /// The stored record of a row, as bytes.
  func record(of row: Int) -> [UInt8] {
    switch self {
    case .pending(let rows): rows.records[row]
    case .segment(let segment): unsafe Array(segment.recordBytes(row))
    }
  }

  /// Copies a row's entries to the given places.
  @unsafe func readRow(
    _ row: Int, terms: UnsafeMutablePointer<UInt32>, weights: UnsafeMutablePointer<Float>
  ) {
    switch self {
    case .pending(let rows):
      let range = rows.entries(of: row)
      guard !range.isEmpty else { return }
      unsafe rows.terms.withUnsafeBufferPointer { source in
        if let start = source.baseAddress {
          unsafe terms.update(from: start + range.lowerBound, count: range.count)
        }
      }
      unsafe rows.weights.withUnsafeBufferPointer { source in
        if let start = source.baseAddress {
          unsafe weights.update(from: start + range.lowerBound, count: range.count)
        }
      }
    case .segment(let segment): unsafe segment.readRow(row, terms: terms, weights: weights)
    }
  }
}

/// The documents of several sources in ascending order of their identifiers.
struct OrderedRows {
  /// A row of a source.
  struct Reference {
    /// The first eight bytes of the identifier as a big-endian number, which decides most
    /// comparisons.
    let prefix: UInt64
    let source: Int
    let row: Int
  }

  let sources: [RowSource]
  let references: [Reference]

  /// Orders the live rows of pending documents.
  init(pending: PendingRows) {
    self.init(parts: [(.pending(pending), (0..<pending.rowCount).filter(pending.isLive))])
  }

  /// Orders the given rows of sources whose live identifiers all differ.
  init(parts: [(source: RowSource, rows: [Int])]) {
    sources = parts.map(\.source)
    var references: [Reference] = []
    references.reserveCapacity(parts.reduce(0) { $0 + $1.rows.count })
    for (number, part) in parts.enumerated() {
      for row in part.rows {
        let prefix = Self.prefix(of: part.source.identifier(of: row))
        references.append(Reference(prefix: prefix, source: number, row: row))
      }
    }
    let sources = sources
    func precedes(_ left: Reference, _ right: Reference) -> Bool {
      left.prefix != right.prefix
        ? left.prefix < right.prefix
        : sources[left.source].identifier(of: left.row)
          < sources[right.source].identifier(of: right.row)
    }
    let isOrdered = zip(references, references.dropFirst()).allSatisfy { precedes($0, $1) }
    self.references = isOrdered ? references : references.sorted(by: precedes)
  }

  /// The number of documents.
  var count: Int { references.count }

  /// The identifier of the document at a position.
  func identifier(at position: Int) -> DocumentID {
    sources[references[position].source].identifier(of: references[position].row)
  }

  /// The number of entries of the document at a position.
  func entryCount(at position: Int) -> Int {
    sources[references[position].source].entryCount(of: references[position].row)
  }

  /// The stored record of the document at a position.
  func record(at position: Int) -> [UInt8] {
    sources[references[position].source].record(of: references[position].row)
  }

  /// The number that orders identifiers by their first eight bytes.
  private static func prefix(of id: DocumentID) -> UInt64 {
    var prefix: UInt64 = 0
    var count = 0
    for byte in id.rawValue.utf8.prefix(8) {
      prefix = prefix << 8 | UInt64(byte)
      count += 1
    }
    return count < 8 ? prefix << UInt64(8 * (8 - count)) : prefix
  }
}

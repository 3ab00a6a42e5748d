import SparrowCore

/// Documents in memory that no segment holds yet, one after another.
///
/// Weights are already those that the segment will store: without zeros, and rounded to float16
/// where that is the precision.
struct PendingRows: Sendable {
  let dimension: Int
  let precision: WeightPrecision
  private(set) var identifiers: [DocumentID] = []
  /// Rows that were replaced or deleted after they were added.
  private(set) var deadCount = 0
  /// Where each row ends in `terms` and `weights`.
  private(set) var rowEnds: [Int] = []
  private(set) var terms: [TokenID] = []
  private(set) var weights: [Float] = []
  private(set) var records: [[UInt8]] = []
  private var isDead: [Bool] = []
  private var rowOfID: [DocumentID: Int] = [:]
  private var recordByteCount = 0

  init(dimension: Int, precision: WeightPrecision) {
    self.dimension = dimension
    self.precision = precision
  }

  /// The number of rows, dead ones included.
  var rowCount: Int { identifiers.count }
  /// The number of documents.
  var liveCount: Int { rowCount - deadCount }
  /// About how much memory the rows take.
  var byteCount: Int { terms.count * 8 + recordByteCount + rowCount * 96 }

  /// Whether the row was not replaced or deleted.
  func isLive(_ row: Int) -> Bool { !isDead[row] }

  /// The row of a document, nil when it is not here.
  func row(of id: DocumentID) -> Int? { rowOfID[id] }

  /// The entries of a row.
  func entries(of row: Int) -> Range<Int> { (row > 0 ? rowEnds[row - 1] : 0)..<rowEnds[row] }

  /// Adds a document that is not here yet, or replaces it.
  mutating func upsert(_ document: PreparedDocument) {
    remove(document.id)
    terms.append(contentsOf: document.terms)
    weights.append(contentsOf: document.weights)
    rowEnds.append(terms.count)
    rowOfID[document.id] = identifiers.count
    identifiers.append(document.id)
    records.append(document.record)
    recordByteCount += document.record.count
    isDead.append(false)
  }

  /// Removes a document and tells whether it was here.
  @discardableResult
  mutating func remove(_ id: DocumentID) -> Bool {
    guard let row = rowOfID.removeValue(forKey: id) else { return false }
    isDead[row] = true
    deadCount += 1
    return true
  }

  /// Removes all rows.
  mutating func removeAll() {
    self = PendingRows(dimension: dimension, precision: precision)
  }
}

import SparrowCore

/// One posting list of one window, as a search uses it; its segment must outlive it.
@safe
struct PostingList {
  /// Local document numbers, 16 bits each.
  let numbers: UnsafePointer<UInt8>
  /// Quantized weights, 8 bits each.
  let weights: UnsafePointer<UInt8>
  let count: Int
  /// `scale * quantized` is at least the exact weight of a posting.
  let scale: Float
  /// The largest of the negated weights, 0 when none is negative.
  let largestNegative: Float
  /// Lower bounds of the 10th, 100th and 1000th largest weight in units of `scale`.
  let levels: (UInt8, UInt8, UInt8)

  /// A lower bound of the `rank`-th largest weight; 0 when none is known.
  func weight(atRank rank: Int) -> Float {
    let level =
      rank <= 10
      ? levels.0 : rank <= 100 ? levels.1 : rank <= 1000 ? levels.2 : 0
    return Float(level) * scale
  }
}

/// Up to 65,536 consecutive documents of a segment and their posting lists.
///
/// It points into its segment, which must outlive it.
@safe
struct SegmentWindow {
  let documentCount: Int
  /// The number of the window's first document in the segment.
  let firstDocument: Int
  let mapBlockCount: Int
  let termMap: UnsafeRawPointer
  let lists: UnsafeRawPointer
  let listCount: Int
  let negatives: UnsafeRawPointer?
  let postings: UnsafePointer<UInt8>
  let postingsLength: Int

  /// The list of a term, nil when no document of the window has it (or its record is damaged).
  ///
  /// The term must lie below the segment's dimension.
  func list(of term: TokenID) -> PostingList? {
    let block = unsafe termMap + 16 * Int(term >> 6)
    let bits = unsafe block.load(as: UInt64.self)
    let bit = UInt64(1) << UInt64(term & 63)
    guard bits & bit != 0 else { return nil }
    let before = unsafe block.load(fromByteOffset: 8, as: UInt32.self)
    let position = Int(before) + (bits & (bit - 1)).nonzeroBitCount
    guard position < listCount else { return nil }
    let record = unsafe lists + 16 * position
    let offset = unsafe 2 * Int(record.load(as: UInt32.self))
    let count = unsafe Int(record.load(fromByteOffset: 4, as: UInt16.self)) + 1
    guard offset + 3 * count <= postingsLength else { return nil }
    return unsafe PostingList(
      numbers: postings + offset, weights: postings + offset + 2 * count, count: count,
      scale: record.load(fromByteOffset: 12, as: Float.self),
      largestNegative: negatives.map {
        unsafe $0.load(fromByteOffset: 4 * position, as: Float.self)
      }
        ?? 0,
      levels: (
        record.load(fromByteOffset: 6, as: UInt8.self),
        record.load(fromByteOffset: 7, as: UInt8.self),
        record.load(fromByteOffset: 8, as: UInt8.self)
      ))
  }
}

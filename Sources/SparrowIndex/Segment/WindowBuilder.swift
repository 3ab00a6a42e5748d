import CSparseKernels
import SparrowCore

/// Builds the rows and the posting lists of one window.
struct WindowBuilder {
  /// The posting lists of a window and the tables that lead to them.
  struct Lists {
    var count = 0
    var postings: [UInt8] = []
    /// 16 bytes a list: offset in units of two bytes (u32), count - 1 (u16), three levels (u8),
    /// three bytes of nothing, scale (f32).
    var records: [UInt8] = []
    /// 16 bytes for each 64 dimensions: bits (u64), lists before (u32), nothing (u32).
    var termMap: [UInt8] = []
    /// The largest negated weight of each list (f32).
    var negatives: [UInt8] = []
    var hasNegativeWeights = false
  }

  private let header: SegmentHeader
  /// Where each document's entries end.
  private let ends: [UInt64]
  private let terms: [UInt32]
  private let weights: [Float]

  /// Gathers the entries of the given documents.
  init(rows: OrderedRows, documents: Range<Int>, rowOffsets: [UInt64], header: SegmentHeader) {
    self.header = header
    let base = rowOffsets[documents.lowerBound]
    let ends = documents.map { rowOffsets[$0 + 1] - base }
    let total = Int(ends.last ?? 0)
    var weights: [Float] = []
    terms = unsafe [UInt32](unsafeUninitializedCapacity: total) { terms, termCount in
      unsafe weights = [Float](unsafeUninitializedCapacity: total) { weights, weightCount in
        if let termStart = terms.baseAddress, let weightStart = weights.baseAddress {
          for position in documents {
            let reference = rows.references[position]
            let offset = Int(rowOffsets[position] - base)
            unsafe rows.sources[reference.source].readRow(
              reference.row, terms: termStart + offset, weights: weightStart + offset)
          }
        }
        weightCount = total
      }
      termCount = total
    }
    self.ends = ends
    self.weights = weights
  }

  /// The rows in the form of the file.
  func rowBytes() -> [UInt8] {
    let size = terms.count * header.entryWidth
    return unsafe [UInt8](unsafeUninitializedCapacity: size) { target, count in
      var start = 0
      for end in ends.lazy.map(Int.init) {
        unsafe terms.withUnsafeBufferPointer { terms in
          unsafe weights.withUnsafeBufferPointer { weights in
            if let termStart = terms.baseAddress, let weightStart = weights.baseAddress,
              let targetStart = target.baseAddress
            {
              unsafe spk_write_row(
                targetStart + start * header.entryWidth, header.rowFormat, termStart + start,
                weightStart + start, end - start)
            }
          }
        }
        start = end
      }
      count = size
    }
  }

  /// Inverts the rows and quantizes the weights.
  ///
  /// - Throws: ``IndexError`` when the lists take more than 8 GiB.
  func buildLists() throws(IndexError) -> Lists {
    var next = [UInt32](repeating: 0, count: header.dimension)
    for term in terms { next[Int(term)] += 1 }
    var lists = Lists()
    var usedTerms: [Int] = []
    var starts: [Int] = [0]
    var postingsSize = 0
    var position = 0
    for term in next.indices where next[term] > 0 {
      let count = Int(next[term])
      usedTerms.append(term)
      next[term] = UInt32(position)
      position += count
      starts.append(position)
      postingsSize += spk_list_size(count)
    }
    guard postingsSize <= 2 * Int(UInt32.max) else {
      throw IndexError(
        .failure,
        "The posting lists of \(SegmentHeader.windowSize) documents may take 8 GiB at most; found \(postingsSize) bytes. Keep fewer weights a document."
      )
    }
    let (numbers, inverted) = invert(&next)
    lists.count = usedTerms.count
    writeTermMap(usedTerms, &lists)
    writeLists(numbers, inverted, starts: starts, size: postingsSize, &lists)
    return lists
  }

  /// The documents and weights of each term, term after term; `next` tells where each starts.
  private func invert(_ next: inout [UInt32]) -> (numbers: [UInt16], weights: [Float]) {
    var numbers = [UInt16](repeating: 0, count: terms.count)
    var inverted = [Float](repeating: 0, count: terms.count)
    unsafe spk_invert(ends, ends.count, terms, weights, &next, &numbers, &inverted)
    return (numbers, inverted)
  }

  private func writeTermMap(_ usedTerms: [Int], _ lists: inout Lists) {
    var writer = ByteWriter()
    var position = 0
    for block in 0..<header.mapBlockCount {
      let before = position
      var bits: UInt64 = 0
      while position < usedTerms.count, usedTerms[position] >> 6 == block {
        bits |= UInt64(1) << UInt64(usedTerms[position] & 63)
        position += 1
      }
      writer.write(bits)
      writer.write(UInt64(before))
    }
    lists.termMap = writer.bytes
  }

  private func writeLists(
    _ numbers: [UInt16], _ inverted: [Float], starts: [Int], size: Int, _ lists: inout Lists
  ) {
    var records = ByteWriter()
    var negatives = ByteWriter()
    var hasNegativeWeights = false
    lists.postings = unsafe [UInt8](unsafeUninitializedCapacity: size) { target, count in
      unsafe numbers.withUnsafeBufferPointer { numbers in
        unsafe inverted.withUnsafeBufferPointer { weights in
          guard let numberStart = numbers.baseAddress, let weightStart = weights.baseAddress,
            let targetStart = target.baseAddress
          else { return }
          var offset = 0
          for (start, end) in zip(starts, starts.dropFirst()) {
            var summary = spk_list_summary()
            records.write(UInt32(offset / 2))
            unsafe offset += spk_write_list(
              numberStart + start, weightStart + start, end - start, targetStart + offset, &summary)
            records.write(UInt16(end - start - 1))
            records.write(summary.levels.0)
            records.write(summary.levels.1)
            records.write(summary.levels.2)
            records.write(raw: [0, 0, 0])
            records.write(summary.scale)
            negatives.write(summary.largest_negative)
            hasNegativeWeights = hasNegativeWeights || summary.largest_negative > 0
          }
        }
      }
      count = size
    }
    lists.records = records.bytes
    lists.negatives = negatives.bytes
    lists.hasNegativeWeights = hasNegativeWeights
  }
}

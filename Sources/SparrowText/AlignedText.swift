/// A text on its way through normalisation, each scalar with the stretch of the original text from
/// which it comes.
///
/// Stretches are counted in Unicode scalars of the original text.
struct AlignedText: Sendable {
  /// One scalar of a transformed text.
  struct Change {
    /// The new scalar.
    var scalar: UInt32
    /// 0 when it stands in place of the next old scalar, 1 when it is added after the last one, and
    /// `-n` when it stands in place of the next old scalar and `n` more are dropped.
    var shift: Int
  }

  private(set) var scalars: [UInt32]
  private var starts: [Int32]
  private var ends: [Int32]

  /// Makes a text that equals its original, which begins at `offset` of the whole text.
  init(_ scalars: [UInt32] = [], offset: Int = 0) {
    self.scalars = scalars
    starts = (0..<scalars.count).map { Int32(offset + $0) }
    ends = (0..<scalars.count).map { Int32(offset + $0 + 1) }
  }

  /// The number of scalars.
  var count: Int { scalars.count }

  /// The stretch of the original text from which a range of scalars comes.
  func original(of range: Range<Int>) -> Range<Int> {
    guard !range.isEmpty else { return 0..<0 }
    let start = Int(starts[range.lowerBound])
    return start..<Int(ends[range.upperBound - 1])
  }

  /// The text without its alignment.
  var string: String {
    var result = String.UnicodeScalarView()
    for scalar in scalars { if let scalar = Unicode.Scalar(scalar) { result.append(scalar) } }
    return String(result)
  }

  /// A part of the text.
  subscript(range: Range<Int>) -> AlignedText {
    var result = AlignedText()
    result.scalars = Array(scalars[range])
    result.starts = Array(starts[range])
    result.ends = Array(ends[range])
    return result
  }

  /// Adds a text at the end.
  mutating func append(_ other: AlignedText) {
    scalars.append(contentsOf: other.scalars)
    starts.append(contentsOf: other.starts)
    ends.append(contentsOf: other.ends)
  }

  /// Adds one scalar with the stretch that `source` has in `text`.
  mutating func append(_ scalar: UInt32, as source: Int, of text: AlignedText) {
    scalars.append(scalar)
    starts.append(text.starts[source])
    ends.append(text.ends[source])
  }

  /// Replaces the text, keeping track of where each scalar comes from.
  ///
  /// - Parameters:
  ///   - changes: the new scalars in order.
  ///   - dropped: how many old scalars are dropped before the first new one.
  mutating func transform(_ changes: [Change], dropping dropped: Int = 0) {
    var result = AlignedText()
    result.reserveCapacity(changes.count)
    var position = dropped
    for change in changes {
      let source = change.shift > 0 ? position - 1 : position
      result.append(change.scalar, as: max(0, min(source, count - 1)), of: self)
      if change.shift <= 0 { position += 1 - change.shift }
    }
    self = result
  }

  /// Puts scalars in front of a text that is not empty; they share the stretch of its first scalar.
  mutating func prepend(_ prefix: [UInt32]) {
    guard count > 0 else { return }
    scalars.insert(contentsOf: prefix, at: 0)
    starts.insert(contentsOf: repeatElement(starts[0], count: prefix.count), at: 0)
    ends.insert(contentsOf: repeatElement(ends[0], count: prefix.count), at: 0)
  }

  /// Keeps the scalars that satisfy a condition.
  mutating func filter(_ isKept: (UInt32) -> Bool) {
    guard !scalars.allSatisfy(isKept) else { return }
    var result = AlignedText()
    result.reserveCapacity(count)
    for index in 0..<count where isKept(scalars[index]) {
      result.append(scalars[index], as: index, of: self)
    }
    self = result
  }

  /// Replaces each scalar by one other.
  mutating func map(_ image: (UInt32) -> UInt32) {
    for index in 0..<count { scalars[index] = image(scalars[index]) }
  }

  /// Replaces scalars by the images that a mapping gives them.
  mutating func map(_ mapping: ScalarMapping) {
    guard scalars.contains(where: { mapping[$0] != nil }) else { return }
    var result = AlignedText()
    result.reserveCapacity(count)
    for index in 0..<count {
      guard let image = mapping[scalars[index]] else {
        result.append(scalars[index], as: index, of: self)
        continue
      }
      for scalar in image { result.append(scalar, as: index, of: self) }
    }
    self = result
  }

  private mutating func reserveCapacity(_ capacity: Int) {
    scalars.reserveCapacity(capacity)
    starts.reserveCapacity(capacity)
    ends.reserveCapacity(capacity)
  }
}

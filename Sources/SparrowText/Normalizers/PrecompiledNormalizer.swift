import Foundation
import SparrowCore

/// SentencePiece's normalisation: a compiled map of characters and short sequences.
///
/// The map is a double-array trie (Darts) over UTF-8 bytes, whose values are offsets into a list of
/// replacements that end with NUL. Like the reference it looks at grapheme clusters of less than six
/// bytes first and replaces such a cluster by what stands for its shortest beginning in the map.
struct PrecompiledNormalizer: Normalizer {
  /// The trie's units: a label in bits 0...7 and 31, a leaf flag in bit 8, an offset above.
  private let units: [UInt32]
  /// What replaces the text of each leaf, by the leaf's value.
  private let replacements: [Int: [UInt32]]

  /// Reads a map; gives nil when its sizes do not fit or the replacements are not UTF-8.
  ///
  /// - Parameter data: the size of the trie in bytes (4 bytes, little-endian), the trie, and the
  ///   replacements.
  init?(_ data: Data) {
    let bytes = [UInt8](data)
    guard bytes.count >= 4 else { return nil }
    func unit(_ position: Int) -> UInt32 {
      bytes[position..<(position + 4)].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
    let trieByteCount = Int(unit(0))
    guard trieByteCount % 4 == 0, trieByteCount > 0, trieByteCount <= bytes.count - 4 else {
      return nil
    }
    units = stride(from: 4, to: 4 + trieByteCount, by: 4).map(unit)
    let texts = bytes[(4 + trieByteCount)...]
    guard String(validating: texts, as: UTF8.self) != nil else { return nil }
    var replacements: [Int: [UInt32]] = [:]
    for value in Set(Self.leafValues(units)) where value < texts.count {
      let start = texts.startIndex + value
      // A value in the middle of a scalar can come only from a broken map.
      guard texts[start] & 0xC0 != 0x80 else { return nil }
      let text = String(decoding: texts[start...].prefix { $0 != 0 }, as: UTF8.self)
      replacements[value] = text.unicodeScalars.map(\.value)
    }
    self.replacements = replacements
  }

  /// All values that units with a leaf may lead to.
  private static func leafValues(_ units: [UInt32]) -> [Int] {
    units.filter { $0 >> 31 == 1 }.map { Int($0 & 0x7FFF_FFFF) }
  }

  func normalize(_ text: inout AlignedText) {
    var changes: [AlignedText.Change] = []
    changes.reserveCapacity(text.count)
    var isChanged = false
    var start = 0
    while start < text.count {
      let end = GraphemeClusters.end(of: text.scalars, from: start)
      let byteCount = text.scalars[start..<end].reduce(0) { $0 + UTF8Units.count(of: $1) }
      if byteCount < 6, let image = replacement(of: text.scalars[start..<end]) {
        isChanged = true
        Self.append(image, replacing: end - start, to: &changes)
      } else {
        for index in start..<end {
          if let image = replacement(of: text.scalars[index...index]) {
            isChanged = true
            Self.append(image, replacing: 1, to: &changes)
          } else {
            changes.append(.init(scalar: text.scalars[index], shift: 0))
          }
        }
      }
      start = end
    }
    if isChanged { text.transform(changes) }
  }

  /// What stands in the map for the shortest beginning of some scalars.
  private func replacement(of scalars: ArraySlice<UInt32>) -> [UInt32]? {
    var position = 0
    var unit = units[0]
    position ^= Self.offset(unit)
    for scalar in scalars {
      var value: Int?
      let isInMap = UTF8Units.forEach(of: scalar) { byte in
        position ^= Int(byte)
        guard byte != 0, units.indices.contains(position) else { return false }
        unit = units[position]
        guard unit & (1 << 31 | 0xFF) == UInt32(byte) else { return false }
        position ^= Self.offset(unit)
        guard unit >> 8 & 1 == 1 else { return true }
        if units.indices.contains(position) { value = Int(units[position] & 0x7FFF_FFFF) }
        return false
      }
      if let value { return replacements[value] ?? [] }
      guard isInMap else { return nil }
    }
    return nil
  }

  private static func offset(_ unit: UInt32) -> Int {
    Int(unit >> 10) << Int((unit & 1 << 9) >> 6)
  }

  /// Adds a replacement; scalars that it is longer by count as added, ones it is shorter by as
  /// dropped after its last one.
  private static func append(
    _ image: [UInt32], replacing count: Int, to changes: inout [AlignedText.Change]
  ) {
    for (index, scalar) in image.enumerated() {
      changes.append(.init(scalar: scalar, shift: index < count ? 0 : 1))
    }
    if image.count < count, !changes.isEmpty {
      changes[changes.count - 1].shift += image.count - count
    }
  }
}

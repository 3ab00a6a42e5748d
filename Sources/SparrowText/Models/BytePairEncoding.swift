import SparrowCore

/// The byte-pair encoding model: a piece begins as single characters, and pairs of neighbours merge
/// in the order in which training found them.
struct BytePairEncoding: TokenModel {
  /// The parts of the model beside vocabulary and merges.
  struct Configuration: Sendable {
    /// The token of characters that the vocabulary lacks; nil leaves them out.
    var unknown: TokenID?
    /// Makes one token of unknown characters that follow one another.
    var fusesUnknown = false
    /// Spells unknown characters by the tokens `<0x00>` to `<0xFF>`.
    var usesBytes = false
    /// Takes a piece that is a token as it is, without merging.
    var ignoresMerges = false
    /// What stands before characters inside a piece.
    var continuingPrefix = ""
    /// What stands after the last character of a piece.
    var endSuffix = ""
  }

  private let configuration: Configuration
  private let tokens: TokenTable
  /// The token of each single character, plus 1; 0 for none.
  private let characters: ScalarTable<UInt32>
  private let merges: MergeTable
  private let byteIDs: [TokenID?]
  /// Whether characters are looked up with a prefix or suffix.
  private let spellsAffixes: Bool

  /// Makes a model.
  ///
  /// - Parameters:
  ///   - entries: the vocabulary.
  ///   - merges: pairs in the order in which they merge, and what they merge into.
  ///   - configuration: the other parts of the model.
  init(
    entries: [VocabularyEntry], merges: [(left: TokenID, right: TokenID, id: TokenID)],
    configuration: Configuration
  ) {
    self.configuration = configuration
    tokens = TokenTable(entries.map { (token: $0.token.bytes, id: $0.id) })
    self.merges = MergeTable(merges)
    var characters = ScalarTable<UInt32>(0)
    for entry in entries where entry.token.unicodeScalars.count == 1 {
      for scalar in entry.token.unicodeScalars {
        characters.update(scalar.value...scalar.value) { $0 = entry.id + 1 }
      }
    }
    self.characters = characters
    let table = tokens
    byteIDs = configuration.usesBytes ? ByteTokens.ids { table.find(Array($0.utf8)) } : []
    spellsAffixes = configuration.continuingPrefix != "" || configuration.endSuffix != ""
  }

  var unknownID: TokenID? { configuration.unknown }

  func tokenize(
    _ scalars: [UInt32], _ range: Range<Int>, _ workspace: inout ModelWorkspace,
    into tokens: inout [PlacedToken]
  ) {
    if configuration.ignoresMerges {
      workspace.word.removeAll()
      for scalar in scalars[range] { workspace.word.append(scalar: scalar) }
      if let id = self.tokens.find(workspace.word) {
        tokens.append(PlacedToken(id: id, range: range))
        return
      }
    }
    let hasAll = spell(scalars, range, into: &workspace.symbols)
    merge(&workspace.symbols, &workspace.merges)
    if hasAll {
      for symbol in workspace.symbols where !symbol.isRemoved {
        let place = (range.lowerBound + Int(symbol.start))..<(range.lowerBound + Int(symbol.end))
        tokens.append(PlacedToken(id: symbol.id, range: place))
      }
    } else {
      place(workspace.symbols, scalars, range, into: &tokens)
    }
  }

  /// Turns each character into the token to begin with; false when some were left out.
  private func spell(
    _ scalars: [UInt32], _ range: Range<Int>, into symbols: inout [BytePairSymbol]
  ) -> Bool {
    symbols.removeAll(keepingCapacity: true)
    var hasAll = true
    // Whether the last symbol stands for unknown characters to which more may be added.
    var isFusing = false
    for index in range {
      let place = index - range.lowerBound
      let byteCount = UTF8Units.count(of: scalars[index])
      if let id = character(scalars[index], isFirst: place == 0, isLast: place == range.count - 1) {
        symbols.append(BytePairSymbol(id, at: place, byteCount: byteCount))
        isFusing = false
      } else if configuration.usesBytes, appendBytes(of: scalars[index], place, to: &symbols) {
        isFusing = false
      } else if let unknown = configuration.unknown {
        if isFusing, configuration.fusesUnknown {
          symbols[symbols.count - 1].end = Int32(place + 1)
          symbols[symbols.count - 1].byteCount += Int32(byteCount)
        } else {
          symbols.append(BytePairSymbol(unknown, at: place, byteCount: byteCount))
        }
        isFusing = true
      } else {
        hasAll = false
      }
    }
    return hasAll
  }

  private func character(_ scalar: UInt32, isFirst: Bool, isLast: Bool) -> TokenID? {
    guard spellsAffixes else {
      let entry = characters[scalar]
      return entry == 0 ? nil : entry - 1
    }
    var spelling: [UInt8] = isFirst ? [] : configuration.continuingPrefix.bytes
    UTF8Units.forEach(of: scalar) { byte in
      spelling.append(byte)
      return true
    }
    if isLast { spelling += configuration.endSuffix.bytes }
    return tokens.find(spelling)
  }

  private func appendBytes(
    of scalar: UInt32, _ place: Int, to symbols: inout [BytePairSymbol]
  ) -> Bool {
    let count = symbols.count
    let hasAll = UTF8Units.forEach(of: scalar) { byte in
      guard let id = byteIDs[Int(byte)] else { return false }
      symbols.append(BytePairSymbol(id, at: place, byteCount: 1))
      return true
    }
    if !hasAll { symbols.removeSubrange(count...) }
    return hasAll
  }

  /// Merges neighbours, the lowest rank first and of equal ranks the leftmost, until none merge.
  private func merge(_ symbols: inout [BytePairSymbol], _ queue: inout [UInt64]) {
    queue.removeAll(keepingCapacity: true)
    for index in symbols.indices {
      symbols[index].previous = Int32(index - 1)
      symbols[index].next = index + 1 < symbols.count ? Int32(index + 1) : -1
      if index > 0, let merge = merges.find(symbols[index - 1].id, symbols[index].id) {
        queue.pushHeap(UInt64(merge.rank) << 32 | UInt64(index - 1))
      }
    }
    while let top = queue.popHeap() {
      let left = Int(top & 0xFFFF_FFFF)
      guard !symbols[left].isRemoved, symbols[left].next >= 0 else { continue }
      let right = Int(symbols[left].next)
      // One of the two may have merged with another one since the pair was noted.
      guard let merge = merges.find(symbols[left].id, symbols[right].id),
        merge.rank == UInt32(top >> 32)
      else { continue }
      symbols[left].id = merge.id
      symbols[left].end = symbols[right].end
      symbols[left].byteCount += symbols[right].byteCount
      symbols[left].next = symbols[right].next
      symbols[right].isRemoved = true
      let next = Int(symbols[left].next)
      if next >= 0 {
        symbols[next].previous = Int32(left)
        if let merge = merges.find(symbols[left].id, symbols[next].id) {
          queue.pushHeap(UInt64(merge.rank) << 32 | UInt64(left))
        }
      }
      let previous = Int(symbols[left].previous)
      if previous >= 0, let merge = merges.find(symbols[previous].id, symbols[left].id) {
        queue.pushHeap(UInt64(merge.rank) << 32 | UInt64(previous))
      }
    }
  }

  /// Places tokens as the reference does when characters were left out: one after another from the
  /// beginning of the piece, as if nothing were missing.
  private func place(
    _ symbols: [BytePairSymbol], _ scalars: [UInt32], _ range: Range<Int>,
    into tokens: inout [PlacedToken]
  ) {
    // The scalar at each byte of the piece.
    let places = range.flatMap { repeatElement($0, count: UTF8Units.count(of: scalars[$0])) }
    var start = 0
    for symbol in symbols where !symbol.isRemoved {
      let end = start + Int(symbol.byteCount)
      tokens.append(PlacedToken(id: symbol.id, range: places[start]..<(places[end - 1] + 1)))
      start = end
    }
  }
}

/// A token of a piece that may still merge with its neighbours.
struct BytePairSymbol {
  var id: TokenID
  /// The scalars that it covers, counted from the beginning of the piece.
  var start: Int32
  var end: Int32
  /// The bytes of these scalars, without any between them that were left out.
  var byteCount: Int32
  var previous: Int32 = -1
  var next: Int32 = -1
  var isRemoved = false

  init(_ id: TokenID, at place: Int, byteCount: Int) {
    self.id = id
    start = Int32(place)
    end = Int32(place + 1)
    self.byteCount = Int32(byteCount)
  }
}

/// A binary heap with the least element first.
extension [UInt64] {
  /// Adds an element.
  fileprivate mutating func pushHeap(_ element: UInt64) {
    append(element)
    var index = count - 1
    while index > 0 {
      let parent = (index - 1) / 2
      guard self[parent] > element else { break }
      self[index] = self[parent]
      index = parent
    }
    self[index] = element
  }

  /// Takes the least element out.
  fileprivate mutating func popHeap() -> UInt64? {
    guard let least = first, let last = popLast() else { return nil }
    guard !isEmpty else { return least }
    var index = 0
    while true {
      var child = 2 * index + 1
      guard child < count else { break }
      if child + 1 < count, self[child + 1] < self[child] { child += 1 }
      guard self[child] < last else { break }
      self[index] = self[child]
      index = child
    }
    self[index] = last
    return least
  }
}

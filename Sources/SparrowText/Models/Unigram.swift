import SparrowCore

/// The Unigram model: of all ways to cut a piece into tokens the one whose scores add up highest.
struct Unigram: TokenModel {
  /// The token of text that no other token covers.
  let unknown: TokenID
  private let trie: ScalarTrie
  /// The score of each token.
  private let scores: [Double]
  /// The score of a scalar that no token covers.
  private let unknownScore: Double
  /// The tokens `<0x00>` to `<0xFF>`, when unknown text is spelled by them.
  private let byteIDs: [TokenID?]?

  /// How much worse an unknown scalar is than the worst token.
  private static let unknownPenalty = 10.0

  /// Makes a model.
  ///
  /// - Parameters:
  ///   - tokens: the vocabulary in the order of ids, with scores.
  ///   - unknownID: the token of unknown text.
  ///   - usesBytes: spells unknown text by its bytes if the vocabulary has tokens for them.
  init(tokens: [(token: String, score: Double)], unknownID: TokenID, usesBytes: Bool) {
    var trie = ScalarTrie()
    for (id, entry) in tokens.enumerated() {
      trie.insert(entry.token.unicodeScalars.lazy.map(\.value), TokenID(id))
    }
    self.trie = trie
    scores = tokens.map(\.score)
    unknownScore = (scores.min() ?? 0) - Self.unknownPenalty
    unknown = unknownID
    byteIDs = usesBytes ? ByteTokens.ids { trie.find($0.unicodeScalars.map(\.value)) } : nil
  }

  var unknownID: TokenID? { unknown }

  func tokenize(
    _ scalars: [UInt32], _ range: Range<Int>, _ workspace: inout ModelWorkspace,
    into tokens: inout [PlacedToken]
  ) {
    findBestPath(scalars, range, &workspace.path)
    let firstToken = tokens.count
    var end = range.count
    while end > 0 {
      let node = workspace.path[end]
      var start = Int(node.start)
      if node.id == unknown {
        // Unknown scalars that follow one another are one unknown token.
        while start > 0, workspace.path[start].id == unknown {
          start = Int(workspace.path[start].start)
        }
        let place = (range.lowerBound + start)..<(range.lowerBound + end)
        appendUnknown(scalars[place], place, into: &tokens)
      } else {
        tokens.append(
          PlacedToken(
            id: node.id, range: (range.lowerBound + start)..<(range.lowerBound + end)))
      }
      end = start
    }
    tokens[firstToken...].reverse()
  }

  /// For every place in the piece, the last token of the best way to get there.
  private func findBestPath(
    _ scalars: [UInt32], _ range: Range<Int>, _ path: inout [UnigramNode]
  ) {
    path.removeAll(keepingCapacity: true)
    path.append(contentsOf: repeatElement(UnigramNode(), count: range.count + 1))
    for start in 0..<range.count {
      let score = path[start].score
      var hasSingle = false
      var node = ScalarTrie.root
      var end = start
      while end < range.count,
        let next = trie.step(from: node, scalars[range.lowerBound + end])
      {
        node = next
        end += 1
        guard let id = trie.token(at: node) else { continue }
        path[end].improve(id, from: start, score: score + scores[Int(id)])
        if end == start + 1 { hasSingle = true }
      }
      if !hasSingle { path[start + 1].improve(unknown, from: start, score: score + unknownScore) }
    }
  }

  /// Appends what stands for unknown text, in reverse order.
  private func appendUnknown(
    _ text: ArraySlice<UInt32>, _ place: Range<Int>, into tokens: inout [PlacedToken]
  ) {
    if let id = trie.find(text) {
      tokens.append(PlacedToken(id: id, range: place))
      return
    }
    if let byteIDs {
      var ids: [TokenID] = []
      let hasAll = text.allSatisfy { scalar in
        UTF8Units.forEach(of: scalar) { byte in
          guard let id = byteIDs[Int(byte)] else { return false }
          ids.append(id)
          return true
        }
      }
      if hasAll {
        tokens.append(contentsOf: ids.reversed().map { PlacedToken(id: $0, range: place) })
        return
      }
    }
    tokens.append(PlacedToken(id: unknown, range: place))
  }
}

/// The best way to a place in a piece.
struct UnigramNode {
  var id: TokenID = 0
  /// Where the last token begins; negative when there is no way yet.
  var start: Int32 = -1
  var score = 0.0

  /// Takes another way if it is better.
  @inline(__always)
  mutating func improve(_ id: TokenID, from start: Int, score: Double) {
    guard self.start < 0 || score > self.score else { return }
    self.id = id
    self.start = Int32(start)
    self.score = score
  }
}

/// The tokens that stand for single bytes, `<0x00>` to `<0xFF>`.
enum ByteTokens {
  /// Their ids, each nil when the vocabulary lacks it.
  static func ids(_ find: (String) -> TokenID?) -> [TokenID?] {
    (0..<256).map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return find("<0x\(byte < 16 ? "0" : "")\(digits)>")
    }
  }
}

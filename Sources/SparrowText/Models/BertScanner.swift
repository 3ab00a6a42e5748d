import SparrowCore

/// Normalises, cuts and tokenizes for BERT in one pass over UTF-8 bytes.
///
/// It gives the ids that ``BertNormalizer``, ``BertPreTokenizer`` and ``WordPiece`` give one after
/// another, without a list of scalars, alignments or pieces in between. ASCII, most of all text in
/// practice, takes one table look-up a byte. Only text whose marks would have to be put into
/// canonical order, so that a scalar depends on its neighbours, is left to the long road.
struct BertScanner: Sendable {
  /// How a scan ended.
  enum Outcome {
    /// The whole text was read.
    case finished
    /// There are enough tokens.
    case full
    /// The text needs the long road; the tokens so far mean nothing.
    case unsupported
  }

  /// What an ASCII character does; every other value is the character that joins the word.
  private enum Action {
    static let drop: UInt8 = 0x80
    static let space: UInt8 = 0x81
    static let punctuation: UInt8 = 0x82
  }

  private let normalizer: BertNormalizer
  private let model: WordPiece
  private let decomposition = Decomposition.canonical
  /// What each ASCII character does.
  private let actions: [UInt8]
  /// The token of each ASCII punctuation mark.
  private let punctuationIDs: [TokenID]

  /// Makes a scanner; nil when the parts are not BERT's.
  init?(
    normalizer: (any Normalizer)?, preTokenizer: (any PreTokenizer)?, model: any TokenModel
  ) {
    let idle = BertNormalizer(
      cleansText: false, separatesIdeographs: false, stripsAccents: false, lowercases: false)
    guard let model = model as? WordPiece, preTokenizer is BertPreTokenizer,
      let normalizer = normalizer == nil ? idle : normalizer as? BertNormalizer
    else { return nil }
    self.normalizer = normalizer
    self.model = model
    actions = (0..<128).map { Self.action(UInt8($0), normalizer) }
    var workspace = ModelWorkspace()
    var tokens: [PlacedToken] = []
    for scalar in 0..<UInt32(128) {
      model.tokenize([scalar], 0..<1, &workspace, into: &tokens)
    }
    // One token each: a single character is a token or unknown.
    punctuationIDs = tokens.map(\.id)
  }

  private static func action(_ byte: UInt8, _ normalizer: BertNormalizer) -> UInt8 {
    let properties = ScalarProperties.of(UInt32(byte))
    if normalizer.cleansText, properties.contains(.control) { return Action.drop }
    if properties.contains(.whitespace) { return Action.space }
    if properties.contains(.punctuation) { return Action.punctuation }
    let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    return normalizer.lowercases && isUpper ? byte | 0x20 : byte
  }

  /// Appends the tokens of a part of a text.
  ///
  /// - Parameters:
  ///   - text: UTF-8 bytes.
  ///   - range: the part, without added tokens.
  ///   - limit: stop after the word with which there are this many tokens.
  ///   - workspace: room to work in.
  ///   - ids: gets the tokens.
  /// - Returns: whether the part was read to its end.
  func scan(
    _ text: Span<UInt8>, _ range: Range<Int>, limit: Int, _ workspace: inout ModelWorkspace,
    into ids: inout [TokenID]
  ) -> Outcome {
    workspace.word.removeAll()
    var position = range.lowerBound
    while position < range.upperBound {
      if workspace.word.isEmpty {
        let start = position
        let hash = skipPlainCharacters(text, &position, range.upperBound)
        if start < position {
          if endsWord(text, at: position, range.upperBound) {
            model.tokenize(
              text, start..<position, hash: hash, scalarCount: position - start, &workspace.cuts
            ) { id, _ in ids.append(id) }
            if ids.count >= limit { return .full }
          } else {
            workspace.word.begin(with: text, start..<position, hash: hash)
          }
          continue
        }
      }
      let byte = text[position]
      if byte < 0x80 {
        position += 1
        let action = actions[Int(byte)]
        if action < 0x80 {
          workspace.word.append(ascii: action)
          continue
        }
        if action == Action.drop { continue }
        if end(&workspace, into: &ids), ids.count >= limit { return .full }
        if action == Action.punctuation {
          ids.append(punctuationIDs[Int(byte)])
          if ids.count >= limit { return .full }
        }
      } else {
        let (scalar, size) = text.scalar(at: position)
        position += size
        let outcome = read(scalar, limit: limit, &workspace, into: &ids)
        guard outcome == .finished else { return outcome }
      }
    }
    return end(&workspace, into: &ids) && ids.count >= limit ? .full : .finished
  }

  /// Goes past ASCII characters that join a word as they are; returns their hash.
  @inline(__always)
  private func skipPlainCharacters(
    _ text: Span<UInt8>, _ position: inout Int, _ upperBound: Int
  ) -> UInt32 {
    var hash = TokenTable.emptyHash
    while position < upperBound {
      let byte = text[position]
      guard byte < 0x80, actions[Int(byte)] == byte else { break }
      hash = TokenTable.extend(hash, byte)
      position += 1
    }
    return hash
  }

  /// Whether a word ends before a position.
  @inline(__always)
  private func endsWord(_ text: Span<UInt8>, at position: Int, _ upperBound: Int) -> Bool {
    guard position < upperBound else { return true }
    let byte = text[position]
    return byte < 0x80 && actions[Int(byte)] > Action.drop
  }

  /// Ends the word, if there is one, and appends its tokens; true if there was one.
  @inline(__always)
  private func end(_ workspace: inout ModelWorkspace, into ids: inout [TokenID]) -> Bool {
    guard !workspace.word.isEmpty else { return false }
    model.tokenize(workspace.word, &workspace.cuts) { id, _ in ids.append(id) }
    workspace.word.removeAll()
    return true
  }

  /// Takes in a scalar beyond ASCII.
  private func read(
    _ scalar: UInt32, limit: Int, _ workspace: inout ModelWorkspace, into ids: inout [TokenID]
  ) -> Outcome {
    let properties = ScalarProperties.of(scalar)
    if normalizer.cleansText, properties.contains(.control) { return .finished }
    if properties.contains(.whitespace) {
      return end(&workspace, into: &ids) && ids.count >= limit ? .full : .finished
    }
    let standsAlone = normalizer.separatesIdeographs && properties.contains(.ideograph)
    if standsAlone, end(&workspace, into: &ids), ids.count >= limit { return .full }
    var outcome = Outcome.finished
    if normalizer.stripsAccents {
      decomposition.forEach(of: scalar) { part in
        let properties = ScalarProperties.of(part)
        guard !properties.contains(.nonspacingMark) else { return }
        // A mark that stays may have to change places with its neighbours.
        guard properties.combiningClass == 0 else {
          outcome = .unsupported
          return
        }
        fold(part, limit: limit, &workspace, into: &ids, &outcome)
      }
    } else {
      fold(scalar, limit: limit, &workspace, into: &ids, &outcome)
    }
    guard outcome == .finished, standsAlone else { return outcome }
    return end(&workspace, into: &ids) && ids.count >= limit ? .full : .finished
  }

  /// Lower-cases a scalar and adds it to the word, or to the tokens if it is punctuation.
  @inline(__always)
  private func fold(
    _ scalar: UInt32, limit: Int, _ workspace: inout ModelWorkspace, into ids: inout [TokenID],
    _ outcome: inout Outcome
  ) {
    guard outcome == .finished else { return }
    if normalizer.lowercases, let image = ScalarMapping.lowercase[scalar] {
      for part in image { workspace.word.append(scalar: part) }
    } else if ScalarProperties.of(scalar).contains(.punctuation) {
      if end(&workspace, into: &ids), ids.count >= limit {
        outcome = .full
        return
      }
      workspace.word.append(scalar: scalar)
      if end(&workspace, into: &ids), ids.count >= limit { outcome = .full }
    } else {
      workspace.word.append(scalar: scalar)
    }
  }
}

public import SparrowCore
public import SparrowText

/// A word that a tokenizer breaks into pieces, and how often a corpus has it.
public struct DomainTerm: Sendable, Hashable {
  /// The word as the tokenizer normalises it.
  public let text: String
  /// The tokens it is broken into, at least two.
  public let pieces: [TokenID]
  /// How often it occurs.
  public let occurrenceCount: Int
  /// In how many texts it occurs.
  public let documentCount: Int

  /// Makes a term.
  public init(text: String, pieces: [TokenID], occurrenceCount: Int, documentCount: Int) {
    self.text = text
    self.pieces = pieces
    self.occurrenceCount = occurrenceCount
    self.documentCount = documentCount
  }

  /// How many tokens the corpus would be shorter if the word were one token.
  public var savedTokenCount: Int { occurrenceCount * (pieces.count - 1) }
}

/// Finds the words of a corpus that a WordPiece vocabulary knows in pieces only.
///
/// A domain's own words (`kubernetes`, `enterococci`) are pieces to a general vocabulary, so that a
/// sparse model has no dimension for them. Which are worth one is a matter of how often they occur
/// and into how many pieces they fall: ``DomainTerm/savedTokenCount``.
///
/// ```swift
/// var counter = DomainTermCounter(tokenizer)
/// try counter.add(documents)
/// let terms = counter.terms(count: 1000)
/// ```
public struct DomainTermCounter {
  private let tokenizer: Tokenizer
  private let prefix: String
  private var counts: [[TokenID]: Count] = [:]

  private struct Count {
    var occurrences = 0
    var documents = 0
    var lastDocument = -1
  }

  private var documentCount = 0
  private static let textsAtATime = 1024

  /// Makes a counter.
  ///
  /// - Parameters:
  ///   - tokenizer: a WordPiece tokenizer.
  ///   - prefix: what marks tokens that continue a word.
  public init(_ tokenizer: Tokenizer, prefix: String = "##") {
    self.tokenizer = tokenizer
    self.prefix = prefix
  }

  /// Counts the words of some texts.
  ///
  /// - Throws: `TextError` when the texts are too long together; `CancellationError` when the task
  ///   was cancelled.
  public mutating func add(_ texts: [String]) throws {
    let options = TokenizationOptions(maximumLength: .max, addsSpecialTokens: false)
    for start in stride(from: 0, to: texts.count, by: Self.textsAtATime) {
      try Task.checkCancellation()
      let window = Array(texts[start..<min(start + Self.textsAtATime, texts.count)])
      let batch = try tokenizer.encodeBatch(window, options: options)
      for text in 0..<batch.textCount {
        add(batch.tokenIDs[batch.range(ofText: text)].map { TokenID($0) })
      }
    }
  }

  private mutating func add(_ tokens: [TokenID]) {
    var word: [TokenID] = []
    for token in tokens {
      if isContinuing(token), !word.isEmpty {
        word.append(token)
      } else {
        count(word)
        word = [token]
      }
    }
    count(word)
    documentCount += 1
  }

  private mutating func count(_ word: [TokenID]) {
    guard word.count > 1 else { return }
    var entry = counts[word] ?? Count()
    entry.occurrences += 1
    if entry.lastDocument != documentCount {
      entry.lastDocument = documentCount
      entry.documents += 1
    }
    counts[word] = entry
  }

  private func isContinuing(_ token: TokenID) -> Bool {
    tokenizer.vocabulary[token]?.hasPrefix(prefix) ?? false
  }

  /// The words that are worth a token of their own, those that save most tokens first.
  ///
  /// - Parameters:
  ///   - count: at most so many.
  ///   - minimumDocumentCount: texts that must have the word, 5 by default.
  ///   - minimumPieceCount: pieces it must fall into, 2 by default.
  /// - Returns: words that have a letter and are no longer than 40 characters, in an order that does
  ///   not depend on anything but the counts and the words.
  public func terms(
    count: Int, minimumDocumentCount: Int = 5, minimumPieceCount: Int = 2
  ) -> [DomainTerm] {
    let longestTerm = 40
    let terms = counts.compactMap { pieces, count -> DomainTerm? in
      guard pieces.count >= minimumPieceCount, count.documents >= minimumDocumentCount else {
        return nil
      }
      let text = spelling(of: pieces)
      guard text.count <= longestTerm, text.contains(where: \.isLetter) else { return nil }
      return DomainTerm(
        text: text, pieces: pieces, occurrenceCount: count.occurrences,
        documentCount: count.documents)
    }
    let ordered = terms.sorted {
      ($1.savedTokenCount, $0.text) < ($0.savedTokenCount, $1.text)
    }
    return Array(ordered.prefix(count))
  }

  private func spelling(of pieces: [TokenID]) -> String {
    pieces.enumerated().map { place, piece in
      let token = tokenizer.vocabulary[piece] ?? ""
      return place == 0 ? token : String(token.dropFirst(prefix.count))
    }.joined()
  }
}

import SparrowCore

/// The tokens of several texts one after another, without padding.
///
/// `T` is the number of all tokens, `B` the number of texts.
///
/// ```swift
/// let batch = try tokenizer.encodeBatch(["hello world", "goodbye moon"])
/// let second = batch.tokenIDs[batch.range(ofText: 1)]
/// ```
public struct TokenBatch: Sendable, Hashable {
  /// The tokens' positions in the vocabulary, `[T]`.
  public private(set) var tokenIDs: [Int32] = []
  /// Each token's place in its text, from 0, `[T]`.
  public private(set) var positions: [Int32] = []
  /// 0 for the first text of a pair and 1 for the second, as the template has it, `[T]`.
  public private(set) var typeIDs: [Int32] = []
  /// Where each text begins, and at the end the number of all tokens, `[B + 1]`.
  public private(set) var cumulativeLengths: [Int32] = [0]

  /// Makes a batch without texts.
  public init() {}

  /// Makes a batch of encoded texts.
  public init(_ encodings: some Sequence<Encoding>) {
    for encoding in encodings { append(encoding) }
  }

  /// The number of texts, `B`.
  public var textCount: Int { cumulativeLengths.count - 1 }

  /// The number of all tokens, `T`.
  public var tokenCount: Int { tokenIDs.count }

  /// The number of tokens of the longest text.
  public var longestTextCount: Int {
    (0..<textCount).reduce(0) { max($0, range(ofText: $1).count) }
  }

  /// Where a text's tokens lie in the lists.
  public func range(ofText text: Int) -> Range<Int> {
    Int(cumulativeLengths[text])..<Int(cumulativeLengths[text + 1])
  }

  /// Adds a text at the end.
  public mutating func append(_ encoding: Encoding) {
    append(ids: encoding.ids[...], typeIDs: encoding.typeIDs[...])
    endText()
  }

  /// Adds all texts of another batch at the end.
  public mutating func append(contentsOf other: TokenBatch) {
    let base = Int32(tokenCount)
    tokenIDs.append(contentsOf: other.tokenIDs)
    positions.append(contentsOf: other.positions)
    typeIDs.append(contentsOf: other.typeIDs)
    cumulativeLengths.append(contentsOf: other.cumulativeLengths.dropFirst().map { $0 + base })
  }

  /// The batch whose text `i` is this batch's text `order[i]`.
  public func selectingTexts(_ order: some Sequence<Int>) -> TokenBatch {
    var result = TokenBatch()
    for text in order {
      let range = range(ofText: text)
      result.tokenIDs.append(contentsOf: tokenIDs[range])
      result.positions.append(contentsOf: positions[range])
      result.typeIDs.append(contentsOf: typeIDs[range])
      result.cumulativeLengths.append(Int32(result.tokenIDs.count))
    }
    return result
  }

  /// Adds tokens of one type to the text that is being built.
  mutating func append(ids: ArraySlice<TokenID>, typeID: Int32) {
    appendIDs(ids)
    typeIDs.append(contentsOf: repeatElement(typeID, count: ids.count))
  }

  /// Ends the text that is being built.
  mutating func endText() { cumulativeLengths.append(Int32(tokenIDs.count)) }

  private mutating func append(ids: ArraySlice<TokenID>, typeIDs: ArraySlice<Int32>) {
    appendIDs(ids)
    self.typeIDs.append(contentsOf: typeIDs)
  }

  private mutating func appendIDs(_ ids: ArraySlice<TokenID>) {
    let first = Int32(tokenIDs.count) - (cumulativeLengths.last ?? 0)
    positions.append(contentsOf: first..<(first + Int32(ids.count)))
    tokenIDs.append(contentsOf: ids.lazy.map { Int32(truncatingIfNeeded: $0) })
  }
}

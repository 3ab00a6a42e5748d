import SparrowCore

/// A normalised text cut into pieces, which the model then turns into tokens one by one.
struct PreTokenizedText: Sendable {
  /// A stretch of the text: an added token that was found, or text for the model.
  struct Piece: Sendable {
    /// Positions in the normalised text.
    var range: Range<Int>
    /// The added token that stands here.
    var token: TokenID?
  }

  /// The normalised text.
  var text = AlignedText()
  /// The pieces in order, none of them empty.
  var pieces: [Piece] = []

  /// Adds a piece at the end; an empty one is left out.
  mutating func append(_ section: AlignedText, token: TokenID?) {
    guard section.count > 0 else { return }
    pieces.append(Piece(range: text.count..<(text.count + section.count), token: token))
    text.append(section)
  }

  /// Cuts every piece of text further.
  ///
  /// - Parameter cut: gets all scalars and the piece's range, and calls its last argument with the
  ///   ranges to keep, in order; empty ones are dropped.
  mutating func split(_ cut: ([UInt32], Range<Int>, (Range<Int>) -> Void) -> Void) {
    var result: [Piece] = []
    result.reserveCapacity(pieces.count)
    for piece in pieces {
      if piece.token != nil {
        result.append(piece)
      } else {
        cut(text.scalars, piece.range) { range in
          if !range.isEmpty { result.append(Piece(range: range)) }
        }
      }
    }
    pieces = result
  }
}

extension PreTokenizedText {
  /// Writes every piece of text anew.
  ///
  /// - Parameter write: gets the old text and a piece's range, and appends to the new text; pieces
  ///   end where it calls ``endPiece(from:)``.
  mutating func rewrite(_ write: (AlignedText, Range<Int>, inout PreTokenizedText) -> Void) {
    var result = PreTokenizedText()
    for piece in pieces {
      if let token = piece.token {
        result.append(text[piece.range], token: token)
      } else {
        write(text, piece.range, &result)
      }
    }
    self = result
  }

  /// Makes a piece of the text from a position on; none when there is none.
  mutating func endPiece(from start: Int) {
    if start < text.count { pieces.append(Piece(range: start..<text.count)) }
  }
}

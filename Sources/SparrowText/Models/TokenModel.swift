import SparrowCore

/// Turns one piece of normalised text into tokens.
protocol TokenModel: Sendable {
  /// The token of text that the vocabulary cannot express, when there is one.
  var unknownID: TokenID? { get }

  /// Appends the tokens of one piece, which is not empty.
  ///
  /// - Parameters:
  ///   - scalars: the normalised text.
  ///   - range: the piece.
  ///   - workspace: room to work in.
  ///   - tokens: gets the tokens with their positions in `scalars`.
  func tokenize(
    _ scalars: [UInt32], _ range: Range<Int>, _ workspace: inout ModelWorkspace,
    into tokens: inout [PlacedToken])
}

/// A token and the stretch of text that it covers.
struct PlacedToken: Sendable, Hashable {
  var id: TokenID
  var range: Range<Int>
  /// Whether it is an added token, found ahead of the model.
  var isAdded = false
}

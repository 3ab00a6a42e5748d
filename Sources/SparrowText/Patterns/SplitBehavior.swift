/// What becomes of the matches at which a text is cut.
enum SplitBehavior: String, Sendable, CaseIterable {
  /// Matches are dropped.
  case removed = "Removed"
  /// Each match is a piece of its own.
  case isolated = "Isolated"
  /// Each match ends the piece before it.
  case mergedWithPrevious = "MergedWithPrevious"
  /// Each match begins the piece after it.
  case mergedWithNext = "MergedWithNext"
  /// Matches that touch are one piece.
  case contiguous = "Contiguous"
}

/// Where to cut a text, and what to do with the matches.
struct Splitter: Sendable {
  let pattern: any TextPattern
  let behavior: SplitBehavior
  /// Takes what lies between the matches for the matches.
  var isInverted = false

  /// Calls `keep` with the pieces of a range in order, some of which may be empty.
  func cut(_ scalars: [UInt32], _ range: Range<Int>, _ keep: (Range<Int>) -> Void) {
    // The piece that is being put together.
    var open = range.lowerBound..<range.lowerBound
    var lastWasMatch = false
    forEachPart(scalars, range) { part, isMatch in
      let joins =
        switch behavior {
        case .removed, .isolated: false
        case .mergedWithPrevious: isMatch && !lastWasMatch
        case .mergedWithNext: !isMatch && lastWasMatch
        case .contiguous: isMatch == lastWasMatch
        }
      if joins {
        open = open.lowerBound..<part.upperBound
      } else {
        keep(open)
        open = behavior == .removed && isMatch ? part.upperBound..<part.upperBound : part
      }
      lastWasMatch = isMatch
    }
    keep(open)
  }

  /// Calls `body` with matches and what lies between them, in order.
  private func forEachPart(
    _ scalars: [UInt32], _ range: Range<Int>, _ body: (Range<Int>, Bool) -> Void
  ) {
    var end = range.lowerBound
    pattern.forEachMatch(in: scalars, range) { match in
      if end < match.lowerBound { body(end..<match.lowerBound, isInverted) }
      body(match, !isInverted)
      end = match.upperBound
    }
    if end < range.upperBound { body(end..<range.upperBound, isInverted) }
  }
}

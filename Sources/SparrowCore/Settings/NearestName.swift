/// Finds the name that a misspelled one was meant to be.
package enum NearestName {
  /// A sentence that suggests the nearest of some names, empty when none is near.
  ///
  /// Near means: a third of the letters or fewer have to be changed, added, left out or swapped with
  /// their neighbour.
  package static func suggestion(for name: String, among names: some Sequence<String>) -> String {
    let letters = Array(name.lowercased())
    let nearest = names.map { ($0, distance(letters, Array($0.lowercased()))) }
      .min { $0.1 < $1.1 }
    guard let (match, distance) = nearest, distance <= max(1, max(match.count, letters.count) / 3)
    else { return "" }
    return " Did you mean '\(match)'?"
  }

  /// The least number of changes, insertions, deletions and swaps of neighbours that lead from one
  /// to the other (optimal string alignment).
  static func distance(_ left: [Character], _ right: [Character]) -> Int {
    var beforePrevious: [Int] = []
    var previous = Array(0...right.count)
    for row in left.indices {
      var current = [row + 1]
      for column in right.indices {
        var best = min(
          previous[column + 1] + 1, current[column] + 1,
          previous[column] + (left[row] == right[column] ? 0 : 1))
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          best = min(best, beforePrevious[column - 1] + 1)
        }
        current.append(best)
      }
      beforePrevious = previous
      previous = current
    }
    return previous[right.count]
  }
}

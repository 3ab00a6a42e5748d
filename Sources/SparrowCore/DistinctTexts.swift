/// Each different text of a list once, in order of appearance, so that work on equal texts is done
/// once.
package struct DistinctTexts: Sendable {
  /// The different texts.
  package private(set) var texts: [String] = []
  /// Where each text of the list is among ``texts``.
  package private(set) var places: [Int] = []

  /// Finds the different texts of a list.
  package init(_ list: [String]) {
    var placeOfText: [String: Int] = [:]
    places.reserveCapacity(list.count)
    for text in list {
      if let place = placeOfText[text] {
        places.append(place)
      } else {
        placeOfText[text] = texts.count
        places.append(texts.count)
        texts.append(text)
      }
    }
  }
}

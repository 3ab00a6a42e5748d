/// A binary heap whose smallest element is at hand.
struct MinimumHeap<Element: Comparable> {
  private var elements: [Element] = []

  /// The smallest element, nil when there is none.
  var minimum: Element? { elements.first }

  /// Adds an element.
  mutating func insert(_ element: Element) {
    elements.append(element)
    var child = elements.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard elements[child] < elements[parent] else { return }
      elements.swapAt(child, parent)
      child = parent
    }
  }

  /// Removes and returns the smallest element, nil when there is none.
  mutating func popMinimum() -> Element? {
    guard let last = elements.popLast() else { return nil }
    guard let result = elements.first else { return last }
    elements[0] = last
    var parent = 0
    while true {
      var smallest = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < elements.count {
        if elements[child] < elements[smallest] { smallest = child }
      }
      if smallest == parent { return result }
      elements.swapAt(parent, smallest)
      parent = smallest
    }
  }
}

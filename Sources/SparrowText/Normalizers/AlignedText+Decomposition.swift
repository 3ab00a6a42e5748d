extension AlignedText {
  /// Decomposes canonically and puts marks into canonical order (normal form D).
  ///
  /// A scalar that moves takes the place, and so the original stretch, of the one that was there;
  /// only whether it was added counts. The reference aligns texts in this way.
  mutating func decomposeCanonically() {
    guard scalars.contains(where: { $0 >= 0xC0 }) else { return }
    var changes: [Change] = []
    changes.reserveCapacity(count)
    for scalar in scalars {
      var shift = 0
      CanonicalDecomposition.forEach(of: scalar) { part in
        changes.append(Change(scalar: part, shift: shift))
        shift = 1
      }
    }
    Self.orderMarks(&changes)
    transform(changes)
  }

  /// Sorts each run of marks by combining class; equal classes keep their order.
  private static func orderMarks(_ changes: inout [Change]) {
    func combiningClass(_ index: Int) -> UInt8 {
      ScalarProperties.of(changes[index].scalar).combiningClass
    }
    var start = 0
    while start < changes.count {
      guard combiningClass(start) != 0 else {
        start += 1
        continue
      }
      var end = start + 1
      var isOrdered = true
      while end < changes.count, combiningClass(end) != 0 {
        if combiningClass(end) < combiningClass(end - 1) { isOrdered = false }
        end += 1
      }
      if !isOrdered {
        let order = (start..<end).sorted {
          (combiningClass($0), $0) < (combiningClass($1), $1)
        }
        changes.replaceSubrange(start..<end, with: order.map { changes[$0] })
      }
      start = end
    }
  }
}

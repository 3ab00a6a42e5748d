extension AlignedText {
  /// Decomposes and puts marks into canonical order: normal form D or KD.
  ///
  /// A scalar that moves takes the place, and so the original stretch, of the one that was there;
  /// only whether it was added counts. The reference aligns texts in this way.
  mutating func decompose(_ decomposition: Decomposition) {
    guard scalars.contains(where: { $0 >= decomposition.firstScalar }) else { return }
    transform(decomposed(decomposition))
  }

  /// Decomposes and composes again: normal form C or KC.
  mutating func compose(_ decomposition: Decomposition) {
    guard scalars.contains(where: { $0 >= decomposition.firstComposed }) else { return }
    transform(Self.composed(decomposed(decomposition)))
  }

  private func decomposed(_ decomposition: Decomposition) -> [Change] {
    var changes: [Change] = []
    changes.reserveCapacity(count)
    for scalar in scalars {
      var shift = 0
      decomposition.forEach(of: scalar) { part in
        changes.append(Change(scalar: part, shift: shift))
        shift = 1
      }
    }
    Self.orderMarks(&changes)
    return changes
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

  /// Joins each starter with the marks that it composes with.
  private static func composed(_ parts: [Change]) -> [Change] {
    var result: [Change] = []
    result.reserveCapacity(parts.count)
    var starter: Change?
    // Marks after the starter that did not compose with it.
    var marks: [Change] = []
    for part in parts {
      let partClass = ScalarProperties.of(part.scalar).combiningClass
      guard let base = starter else {
        if partClass == 0 { starter = part } else { result.append(part) }
        continue
      }
      let lastClass = marks.last.map { ScalarProperties.of($0.scalar).combiningClass }
      let isBlocked = lastClass.map { $0 >= partClass } ?? false
      if !isBlocked, let scalar = Composition.compose(base.scalar, part.scalar) {
        starter = Change(scalar: scalar, shift: base.shift + part.shift - 1)
      } else if partClass == 0 {
        result.append(base)
        result.append(contentsOf: marks)
        marks.removeAll(keepingCapacity: true)
        starter = part
      } else {
        marks.append(part)
      }
    }
    if let starter { result.append(starter) }
    return result + marks
  }
}

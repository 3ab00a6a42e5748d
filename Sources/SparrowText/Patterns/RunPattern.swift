/// Runs of scalars of one class, such as ` {2,}`, `\s+`, `\p{N}{1,3}` or `[\r\n]`.
struct RunPattern: TextPattern {
  /// Scalars that belong to the class.
  private var members: Set<UInt32> = []
  /// Scalars with one of these properties belong to the class as well.
  private var properties: ScalarProperties = []
  /// The class is all other scalars.
  private var isInverted = false
  private var minimum = 1
  private var maximum = 1

  /// Reads a regular expression; nil when it is not one class with a repetition.
  init?(expression: String) {
    var rest = Substring(expression)
    guard let first = rest.first else { return nil }
    if first == "[" {
      rest.removeFirst()
      if rest.first == "^" {
        isInverted = true
        rest.removeFirst()
      }
      while let next = rest.first, next != "]" {
        guard next != "[", next != "-", readMember(&rest) else { return nil }
      }
      guard rest.popFirst() == "]" else { return nil }
    } else {
      guard !".^$|()*+?{".contains(first), readMember(&rest) else { return nil }
    }
    guard readRepetition(rest) else { return nil }
  }

  /// Reads one character, escape or property.
  private mutating func readMember(_ rest: inout Substring) -> Bool {
    guard let character = rest.popFirst() else { return false }
    guard character == "\\" else {
      members.formUnion(character.unicodeScalars.map(\.value))
      return character.unicodeScalars.count == 1
    }
    guard let escape = rest.popFirst() else { return false }
    switch escape {
    case "s": properties.insert(.whitespace)
    case "n": members.insert(0x0A)
    case "r": members.insert(0x0D)
    case "t": members.insert(0x09)
    case "p":
      guard rest.hasPrefix("{L}") || rest.hasPrefix("{N}") else { return false }
      properties.insert(rest.hasPrefix("{L}") ? .letter : .number)
      rest.removeFirst(3)
    default:
      guard let ascii = escape.asciiValue, !escape.isLetter, !escape.isNumber else { return false }
      members.insert(UInt32(ascii))
    }
    return true
  }

  /// Reads nothing, `+`, `{2}`, `{2,}` or `{2,3}`.
  private mutating func readRepetition(_ rest: Substring) -> Bool {
    if rest.isEmpty { return true }
    if rest == "+" {
      maximum = .max
      return true
    }
    guard rest.first == "{", rest.last == "}" else { return false }
    let bounds = rest.dropFirst().dropLast().split(
      separator: ",", omittingEmptySubsequences: false)
    guard let lower = bounds.first.flatMap({ Int($0) }), lower >= 1 else { return false }
    minimum = lower
    switch bounds.count {
    case 1: maximum = lower
    case 2:
      guard let upper = bounds[1].isEmpty ? Int.max : Int(bounds[1]), upper >= lower else {
        return false
      }
      maximum = upper
    default: return false
    }
    return true
  }

  func forEachMatch(in scalars: [UInt32], _ range: Range<Int>, _ body: (Range<Int>) -> Void) {
    var position = range.lowerBound
    while position < range.upperBound {
      var end = position
      while end < range.upperBound, end - position < maximum, contains(scalars[end]) { end += 1 }
      if end - position >= minimum {
        body(position..<end)
        position = end
      } else {
        position = end + 1
      }
    }
  }

  private func contains(_ scalar: UInt32) -> Bool {
    let isMember =
      members.contains(scalar) || !ScalarProperties.of(scalar).isDisjoint(with: properties)
    return isMember != isInverted
  }
}

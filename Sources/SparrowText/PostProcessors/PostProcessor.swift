import SparrowCore

/// Puts special tokens around one text or a pair and gives every token its type id.
struct PostProcessor: Sendable {
  /// A part of the result.
  enum Part: Sendable, Hashable {
    /// All tokens of the first or of the second text.
    case text(isSecond: Bool, typeID: Int32)
    /// Special tokens that the template names.
    case special(ids: [TokenID], typeID: Int32)
  }

  /// What becomes of one text.
  var single: [Part] = [.text(isSecond: false, typeID: 0)]
  /// What becomes of a pair.
  var pair: [Part] = [.text(isSecond: false, typeID: 0), .text(isSecond: true, typeID: 1)]

  /// The parts for one text or a pair.
  func parts(isPair: Bool, addsSpecialTokens: Bool) -> [Part] {
    let parts = isPair ? pair : single
    guard !addsSpecialTokens else { return parts }
    return parts.filter { if case .text = $0 { true } else { false } }
  }

  /// How many special tokens some parts add.
  static func specialCount(_ parts: [Part]) -> Int {
    parts.reduce(0) { if case .special(let ids, _) = $1 { $0 + ids.count } else { $0 } }
  }
}

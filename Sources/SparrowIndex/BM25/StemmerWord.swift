/// A word while ``EnglishStemmer`` works on it: its letters and the regions R1 and R2.
///
/// A `y` that acts as a consonant (at the start, or after a vowel) is held as `Y`.
struct StemmerWord {
  /// Unicode scalars, `Y` marking a consonant y.
  private(set) var letters: [UInt32]
  /// Where R1 starts: after the first consonant that follows a vowel.
  private var firstRegion = 0
  /// Where R2 starts: the same rule applied within R1.
  private var secondRegion = 0

  /// Takes a word apart; a leading apostrophe is dropped.
  init(_ word: String) {
    letters = word.unicodeScalars.map(\.value)
  }

  /// The word in its present form.
  var text: String {
    var result = String.UnicodeScalarView()
    for letter in letters {
      let plain = letter == Letter.consonantY ? Letter.y : letter
      if let scalar = Unicode.Scalar(plain) { result.append(scalar) }
    }
    return String(result)
  }

  // MARK: Preparation

  /// Drops a leading apostrophe, marks consonant y's and finds R1 and R2.
  mutating func markRegions() {
    if letters.first == Letter.apostrophe { letters.removeFirst() }
    for position in letters.indices where letters[position] == Letter.y {
      if position == 0 || Self.isVowel(letters[position - 1]) {
        letters[position] = Letter.consonantY
      }
    }
    if let stem = Self.longRegionStems.first(where: { hasPrefix($0) }) {
      firstRegion = stem.count
    } else {
      firstRegion = regionStart(from: 0)
    }
    secondRegion = regionStart(from: firstRegion)
  }

  private func regionStart(from start: Int) -> Int {
    var position = start
    while position < letters.count, !Self.isVowel(letters[position]) { position += 1 }
    while position < letters.count, Self.isVowel(letters[position]) { position += 1 }
    return min(position + 1, letters.count)
  }

  // MARK: Steps

  /// Step 1a: removes possessives and plurals.
  mutating func removePlural() {
    for suffix in ["'s'", "'s", "'"] where hasSuffix(suffix) {
      dropLast(suffix.utf8.count)
      break
    }
    if hasSuffix("sses") {
      dropLast(2)
    } else if hasSuffix("ied") || hasSuffix("ies") {
      dropLast(letters.count > 4 ? 2 : 1)
    } else if hasSuffix("s"), !hasSuffix("us"), !hasSuffix("ss") {
      if containsVowel(before: letters.count - 2) { dropLast(1) }
    }
  }

  /// Step 1b: removes -eed, -ed, -ing and their adverbs, and repairs what remains.
  mutating func removeParticiple() {
    for suffix in ["eedly", "eed"] where hasSuffix(suffix) {
      let stem = letters.count - suffix.utf8.count
      let isKept = ["succ", "proc", "exc"].contains { equals($0, upTo: stem) }
      if stem >= firstRegion, !isKept { replaceSuffix(suffix, with: "ee") }
      return
    }
    guard let suffix = ["ingly", "edly", "ing", "ed"].first(where: { hasSuffix($0) }) else {
      return
    }
    let stem = letters.count - suffix.utf8.count
    if suffix == "ing" {
      let isShortY = stem == 2 && letters[1] == Letter.y && !Self.isVowel(letters[0])
      if isShortY {
        letters[1] = Letter.i
        replaceSuffix("ing", with: "e")
        return
      }
      let isNoun = ["inn", "out", "cann", "herr", "earr", "even"].contains {
        equals($0, upTo: stem)
      }
      if isNoun { return }
    }
    guard containsVowel(before: stem) else { return }
    dropLast(suffix.utf8.count)
    repairAfterParticiple()
  }

  private mutating func repairAfterParticiple() {
    if hasSuffix("at") || hasSuffix("bl") || hasSuffix("iz") {
      append("e")
    } else if endsInDouble {
      let startsWithShortVowel =
        letters.count == 3 && [Letter.a, Letter.e, Letter.o].contains(letters[0])
      if !startsWithShortVowel { dropLast(1) }
    } else if firstRegion == letters.count, endsInShortSyllable {
      append("e")
    }
  }

  /// Step 1c: a final y after a consonant that is not the first letter becomes i.
  mutating func replaceFinalY() {
    guard let last = letters.last, last == Letter.y || last == Letter.consonantY,
      letters.count > 2, !Self.isVowel(letters[letters.count - 2])
    else { return }
    letters[letters.count - 1] = Letter.i
  }

  /// Step 2: maps double suffixes to single ones, within R1.
  mutating func replaceDerivation() {
    guard let rule = Self.derivations.first(where: { hasSuffix($0.suffix) }) else { return }
    let stem = letters.count - rule.suffix.utf8.count
    guard stem >= firstRegion else { return }
    switch rule.suffix {
    case "ogi":
      guard stem > 0, letters[stem - 1] == Letter.l else { return }
    case "li":
      guard stem > 0, Self.isBeforeLi(letters[stem - 1]) else { return }
    default: break
    }
    replaceSuffix(rule.suffix, with: rule.replacement)
  }

  /// Step 3: more suffixes, within R1 (-ative within R2).
  mutating func replaceSecondDerivation() {
    guard let rule = Self.secondDerivations.first(where: { hasSuffix($0.suffix) }) else { return }
    let stem = letters.count - rule.suffix.utf8.count
    guard stem >= (rule.suffix == "ative" ? secondRegion : firstRegion) else { return }
    replaceSuffix(rule.suffix, with: rule.replacement)
  }

  /// Step 4: removes the suffixes that remain, within R2.
  mutating func removeRemainingSuffix() {
    guard let suffix = Self.remainingSuffixes.first(where: { hasSuffix($0) }) else { return }
    let stem = letters.count - suffix.utf8.count
    guard stem >= secondRegion else { return }
    if suffix == "ion" {
      guard stem > 0, letters[stem - 1] == Letter.s || letters[stem - 1] == Letter.t else {
        return
      }
    }
    dropLast(suffix.utf8.count)
  }

  /// Step 5: removes a final e or the second of two final l's.
  mutating func removeFinalLetter() {
    let stem = letters.count - 1
    if hasSuffix("e") {
      if stem >= secondRegion {
        dropLast(1)
      } else if stem >= firstRegion {
        dropLast(1)
        if endsInShortSyllable { append("e") }
      }
    } else if hasSuffix("ll"), stem >= secondRegion {
      dropLast(1)
    }
  }

  // MARK: Questions about the letters

  private func hasSuffix(_ suffix: String) -> Bool {
    letters.count >= suffix.utf8.count
      && letters.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) { $0 == UInt32($1) }
  }

  private func hasPrefix(_ prefix: [UInt32]) -> Bool { letters.starts(with: prefix) }

  private func equals(_ word: String, upTo end: Int) -> Bool {
    letters[..<end].elementsEqual(word.utf8) { $0 == UInt32($1) }
  }

  private func containsVowel(before end: Int) -> Bool {
    end > 0 && letters[..<end].contains(where: Self.isVowel)
  }

  private var endsInDouble: Bool {
    guard letters.count > 1, let last = letters.last else { return false }
    return last == letters[letters.count - 2] && "bdfgmnprt".utf8.contains { UInt32($0) == last }
  }

  /// Whether the word ends in a vowel between consonants (the last not w, x or Y), is a vowel
  /// followed by one consonant, or ends in "past".
  private var endsInShortSyllable: Bool {
    let count = letters.count
    if hasSuffix("past") { return true }
    guard count >= 2, !Self.isVowel(letters[count - 1]), Self.isVowel(letters[count - 2]) else {
      return false
    }
    if count == 2 { return true }
    let last = letters[count - 1]
    let isOpen = last == Letter.w || last == Letter.x || last == Letter.consonantY
    return !isOpen && !Self.isVowel(letters[count - 3])
  }

  private mutating func dropLast(_ count: Int) { letters.removeLast(count) }

  private mutating func append(_ ending: String) {
    letters.append(contentsOf: ending.utf8.lazy.map { UInt32($0) })
  }

  private mutating func replaceSuffix(_ suffix: String, with replacement: String) {
    dropLast(suffix.utf8.count)
    append(replacement)
  }

  private static func isVowel(_ letter: UInt32) -> Bool {
    switch letter {
    case Letter.a, Letter.e, Letter.i, Letter.o, Letter.u, Letter.y: true
    default: false
    }
  }

  private static func isBeforeLi(_ letter: UInt32) -> Bool {
    "cdeghkmnrt".utf8.contains { UInt32($0) == letter }
  }
}

/// The letters that rules name one by one.
private enum Letter {
  static let a = UInt32(UInt8(ascii: "a"))
  static let e = UInt32(UInt8(ascii: "e"))
  static let i = UInt32(UInt8(ascii: "i"))
  static let l = UInt32(UInt8(ascii: "l"))
  static let o = UInt32(UInt8(ascii: "o"))
  static let s = UInt32(UInt8(ascii: "s"))
  static let t = UInt32(UInt8(ascii: "t"))
  static let u = UInt32(UInt8(ascii: "u"))
  static let w = UInt32(UInt8(ascii: "w"))
  static let x = UInt32(UInt8(ascii: "x"))
  static let y = UInt32(UInt8(ascii: "y"))
  static let consonantY = UInt32(UInt8(ascii: "Y"))
  static let apostrophe = UInt32(UInt8(ascii: "'"))
}

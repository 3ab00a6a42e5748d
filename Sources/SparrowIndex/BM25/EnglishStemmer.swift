/// Reduces English words to stems, so that "connects" and "connection" meet in one term.
///
/// The algorithm is Porter's second stemmer for English ("Porter2") as the Snowball project
/// publishes it (snowballstem.org, version 3.1): exceptional words first, then seven steps that
/// remove or replace suffixes lying in region R1 or R2 of the word.
///
/// ```swift
/// EnglishStemmer.stem("generalizations")  // "general"
/// ```
public enum EnglishStemmer {
  /// The stem of a word that is already in lower case.
  ///
  /// Words of fewer than three characters are their own stems; characters outside ASCII count as
  /// consonants.
  public static func stem(_ word: String) -> String {
    if let fixed = exceptions[word] { return fixed }
    var form = StemmerWord(word)
    guard form.letters.count > 2 else { return word }
    form.markRegions()
    form.removePlural()
    form.removeParticiple()
    form.replaceFinalY()
    form.replaceDerivation()
    form.replaceSecondDerivation()
    form.removeRemainingSuffix()
    form.removeFinalLetter()
    return form.text
  }

  /// Words whose stems the rules would get wrong.
  private static let exceptions: [String: String] = [
    "skis": "ski", "skies": "sky", "idly": "idl", "gently": "gentl", "ugly": "ugli",
    "early": "earli", "only": "onli", "singly": "singl", "sky": "sky", "news": "news",
    "howe": "howe", "atlas": "atlas", "cosmos": "cosmos", "bias": "bias", "andes": "andes",
  ]
}

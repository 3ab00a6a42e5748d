/// One of the four normal forms of Unicode.
enum NormalForm: String, Normalizer {
  case decomposed = "NFD"
  case composed = "NFC"
  case compatiblyDecomposed = "NFKD"
  case compatiblyComposed = "NFKC"

  func normalize(_ text: inout AlignedText) {
    switch self {
    case .decomposed: text.decompose(.canonical)
    case .composed: text.compose(.canonical)
    case .compatiblyDecomposed: text.decompose(.compatibility)
    case .compatiblyComposed: text.compose(.compatibility)
    }
  }
}

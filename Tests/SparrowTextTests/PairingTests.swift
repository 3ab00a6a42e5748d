import Foundation
import SparrowTestSupport
import SparrowText
import Testing

@Suite struct PairingTests {
  @Test(arguments: [TruncationSide.right, .left])
  func `texts tokenised apart give the tokens of their pairs`(_ side: TruncationSide) throws {
    try Fixtures.withFamilyModel("bert") { folder in
      let tokenizer = try Tokenizer(folder: folder)
      let firsts = ["w5 w6 w7", "", "w8 w9 w10 w11 w12 w13"]
      let seconds = ["w20", "w21 w22 w23 w24 w25", "w26 w27"]
      let whole = TokenizationOptions(maximumLength: .max, addsSpecialTokens: false)
      let apart = (
        try tokenizer.encodeBatch(firsts, options: whole),
        try tokenizer.encodeBatch(seconds, options: whole)
      )
      let pairs: [(first: Int, second: Int)] = [(2, 1), (0, 0), (1, 1), (2, 2), (0, 1)]
      for maximumLength in [4, 7, 8, 9, 100] {
        let options = TokenizationOptions(maximumLength: maximumLength, truncationSide: side)
        let together = try tokenizer.encodeBatch(
          pairs.map { TokenizerInput(firsts[$0.first], pair: seconds[$0.second]) },
          options: options)
        #expect(
          tokenizer.pairing(pairs, of: apart.0, with: apart.1, options: options) == together,
          "\(maximumLength)")
      }
    }
  }
}

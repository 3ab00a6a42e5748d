/// Room that a model works in, used again for piece after piece.
struct ModelWorkspace {
  var word = WordBuffer()
  var cuts = WordCuts()
  var symbols: [BytePairSymbol] = []
  var merges: [UInt64] = []
  var path: [UnigramNode] = []
}

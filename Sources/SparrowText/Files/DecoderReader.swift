/// Makes decoders from their description in `tokenizer.json`.
enum DecoderReader {
  private static let knownTypes = [
    "BPEDecoder", "ByteFallback", "ByteLevel", "CTC", "Fuse", "Metaspace", "Replace", "Sequence",
    "Strip", "WordPiece",
  ]

  static func read(_ node: JSONNode) throws(TextError) -> any Decoder {
    let type = try node.type()
    switch type {
    case "BPEDecoder": return BytePairDecoder(suffix: try node.required("suffix").string())
    case "ByteFallback": return ByteFallbackDecoder()
    case "ByteLevel": return ByteLevelDecoder()
    case "CTC":
      return CTCDecoder(
        padding: try node.required("pad_token").string(),
        wordDelimiter: try node.required("word_delimiter_token").string(),
        cleansUp: try node.required("cleanup").bool())
    case "Fuse": return FuseDecoder()
    case "Metaspace":
      let metaspace = try PreTokenizerReader.metaspace(node)
      return MetaspaceDecoder(mark: metaspace.mark, dropsFirst: metaspace.prefix != .never)
    case "Replace": return ReplaceDecoder(replace: try NormalizerReader.replace(node))
    case "Sequence":
      var decoders: [any Decoder] = []
      for element in try node.required("decoders").elements() {
        decoders.append(try read(element))
      }
      return DecoderSequence(decoders: decoders)
    case "Strip":
      let content = try node.required("content")
      guard let scalar = Unicode.Scalar(try content.scalar()) else {
        throw content.error(expected: "one character")
      }
      return StripDecoder(
        content: scalar, start: try node.required("start").integer(in: 0...Int.max),
        stop: try node.required("stop").integer(in: 0...Int.max))
    case "WordPiece":
      return WordPieceDecoder(
        prefix: try node.required("prefix").string(),
        cleansUp: try node.required("cleanup").bool())
    default: throw node.unknownType(type, of: "decoder", known: knownTypes)
    }
  }
}

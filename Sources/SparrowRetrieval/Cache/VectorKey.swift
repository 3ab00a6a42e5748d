import SparrowCore
import SparrowIndex

/// The name of a vector in a cache: the SHA-256 hash of everything it depends on.
struct VectorKey: Sendable, Hashable {
  private let words: SIMD4<UInt64>

  /// The size of a key in files.
  static let byteCount = 32

  /// The key of a text that is encoded as a prefix describes.
  init(prefix: [UInt8], text: String) {
    var hash = SHA256()
    hash.update(prefix)
    hash.update(text.utf8)
    self.init(hash.finish().bytes)
  }

  /// Takes over the bytes of a file.
  init(_ bytes: some Collection<UInt8>) {
    var words: SIMD4<UInt64> = .zero
    for (place, byte) in bytes.prefix(Self.byteCount).enumerated() {
      words[place / 8] |= UInt64(byte) << (8 * UInt64(place % 8))
    }
    self.words = words
  }

  /// The key as bytes.
  var bytes: [UInt8] {
    var writer = ByteWriter()
    for place in words.indices { writer.write(words[place]) }
    return writer.bytes
  }
}

/// CRC-32C, the checksum of the index's files, for other modules of this package.
package enum Checksum {
  /// The checksum of bytes.
  package static func crc32c(_ bytes: [UInt8]) -> UInt32 { Kernels.best.checksum(bytes) }
}

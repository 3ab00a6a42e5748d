import CZlib
import SparrowCore

/// Decompresses gzip data piece by piece, members one after another as `cat a.gz b.gz` makes them.
///
/// Safe because the pointer is the object's own from `init` to `deinit` and is never handed out; zlib
/// needs its state to stay at one address.
@safe
final class GzipChunks {
  private let path: String
  private let nextInput: () throws(CoreError) -> [UInt8]?
  private let stream: UnsafeMutablePointer<z_stream>
  private var input: [UInt8] = []
  private var position = 0
  private var isInsideMember = false
  private var hasMember = false

  /// gzip with its header and checksum, and the largest window.
  private static let windowBits: Int32 = 15 + 16

  /// Decompresses what `nextInput` hands out until it returns nil.
  ///
  /// - Throws: `CoreError` when there is no memory for the decompressor.
  init(path: String, nextInput: @escaping () throws(CoreError) -> [UInt8]?) throws(CoreError) {
    self.path = path
    self.nextInput = nextInput
    unsafe stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let status = unsafe inflateInit2_(
      stream, Self.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      throw CoreError(
        .failure, "There is no memory to decompress this file (zlib status \(status)).",
        at: FileLocation(path: path))
    }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// The next piece, nil at the end.
  ///
  /// - Throws: `CoreError` when reading fails, the data is not gzip or damaged, or it ends in the
  ///   middle of a member.
  func next() throws(CoreError) -> [UInt8]? {
    var output = [UInt8](repeating: 0, count: LineReader.chunkByteCount)
    while true {
      if position == input.count {
        guard let more = try nextInput() else {
          guard !isInsideMember else {
            throw failure("The compressed data ends too early; the file is truncated.")
          }
          return nil
        }
        input = more
        position = 0
        continue
      }
      if !isInsideMember {
        // Archives on tape are padded with zeros after the last member.
        while hasMember, position < input.count, input[position] == 0 { position += 1 }
        if position == input.count { continue }
        unsafe inflateReset(stream)
        isInsideMember = true
        hasMember = true
      }
      let count = try decompress(into: &output)
      guard count > 0 else { continue }
      output.removeLast(output.count - count)
      return output
    }
  }

  /// Advances the input and returns how many bytes of `output` were filled.
  private func decompress(into output: inout [UInt8]) throws(CoreError) -> Int {
    let available = input.count - position
    let capacity = output.count
    let status = unsafe input.withUnsafeMutableBufferPointer { source in
      unsafe output.withUnsafeMutableBufferPointer { target in
        unsafe stream.pointee.next_in = source.baseAddress.map { unsafe $0 + position }
        unsafe stream.pointee.avail_in = UInt32(available)
        unsafe stream.pointee.next_out = target.baseAddress
        unsafe stream.pointee.avail_out = UInt32(capacity)
        return unsafe inflate(stream, Z_NO_FLUSH)
      }
    }
    position += available - Int(unsafe stream.pointee.avail_in)
    switch status {
    case Z_STREAM_END: isInsideMember = false
    case Z_OK, Z_BUF_ERROR: break
    default:
      throw failure(
        "The compressed data is damaged or not gzip (zlib status \(status)). Was the file copied whole?"
      )
    }
    return capacity - Int(unsafe stream.pointee.avail_out)
  }

  private func failure(_ message: String) -> CoreError {
    CoreError(.invalidData, message, at: FileLocation(path: path))
  }
}

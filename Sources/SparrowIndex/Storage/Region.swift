import Foundation

/// Bytes that do not change: a mapped file, or memory that was filled once.
///
/// Everything that looks into a region keeps it alive by holding on to it.
@safe
final class Region: @unchecked Sendable {  // Immutable after initialization.
  private let storage: UnsafeRawBufferPointer
  private let isMapped: Bool

  /// Takes over a mapping of a file, or aligned memory from `posix_memalign`.
  init(owning storage: UnsafeRawBufferPointer, isMapped: Bool) {
    unsafe self.storage = storage
    self.isMapped = isMapped
  }

  deinit {
    guard let base = unsafe UnsafeMutableRawPointer(mutating: storage.baseAddress) else { return }
    if isMapped {
      unsafe munmap(base, storage.count)
    } else {
      unsafe free(base)
    }
  }

  /// The number of bytes.
  var count: Int { unsafe storage.count }

  /// The bytes, for as long as the region lives.
  @unsafe var bytes: UnsafeRawBufferPointer { unsafe storage }

  /// CRC-32C of a range that lies within the region.
  func checksum(of range: Range<Int>) -> UInt32 {
    unsafe Kernels.best.checksum(UnsafeRawBufferPointer(rebasing: storage[range]))
  }

  /// Tells the system that a range will soon be read.
  func willNeed(_ range: Range<Int>) {
    guard isMapped, let base = unsafe storage.baseAddress else { return }
    let page = Int(getpagesize())
    let start = range.lowerBound / page * page
    unsafe madvise(
      UnsafeMutableRawPointer(mutating: base + start), range.upperBound - start, MADV_WILLNEED)
  }
}

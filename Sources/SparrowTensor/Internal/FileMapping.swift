import CTorchShim
import Foundation
import SparrowCore

/// A file mapped into memory, private and writable, until the last tensor over it goes.
final class FileMapping {
  let byteCount: Int
  private let base: UnsafeMutableRawPointer

  /// Maps a file.
  init(_ url: URL) throws(TensorError) {
    let location = FileLocation(path: url.path)
    let descriptor = open(url.path, O_RDONLY)
    guard descriptor >= 0 else {
      let reason = String(cString: strerror(errno))
      throw TensorError(
        errno == ENOENT ? .missingFile : .inputOutput, "Could not open the file (\(reason)).",
        at: location)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw TensorError(.inputOutput, "This is no regular file.", at: location)
    }
    byteCount = Int(status.st_size)
    guard
      let mapped = mmap(
        nil, max(byteCount, 1), PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0),
      mapped != MAP_FAILED
    else {
      throw TensorError(
        .outOfMemory, "Could not map the file (\(String(cString: strerror(errno)))).", at: location)
    }
    base = mapped
  }

  deinit { munmap(base, max(byteCount, 1)) }

  /// A copy of some bytes; the caller has checked the bounds.
  func bytes(in range: Range<Int>) -> [UInt8] {
    [UInt8](
      UnsafeRawBufferPointer(
        rebasing: UnsafeRawBufferPointer(
          start: base, count: byteCount)[range]))
  }

  /// A tensor over some bytes that keeps the mapping alive; copied when not aligned for its type.
  func tensor(dtype: DType, shape: [Int], bytes range: Range<Int>) throws(TensorError) -> Tensor {
    let start = base + range.lowerBound
    let sizes = wide(shape)
    guard Int(bitPattern: start) % dtype.byteCount == 0 else {
      return try produce {
        spw_tensor_from_bytes(start, range.count, sizes, Int32(sizes.count), dtype.rawValue, $0)
      }
    }
    let keeper = Unmanaged.passRetained(self)
    do {
      return try produce {
        spw_tensor_borrow(
          start, range.count, sizes, Int32(sizes.count), dtype.rawValue,
          { context in
            if let context { Unmanaged<FileMapping>.fromOpaque(context).release() }
          }, keeper.toOpaque(), $0)
      }
    } catch {
      keeper.release()
      throw error
    }
  }
}

package import Foundation
import SparrowCore

/// The name under which the Hub and its cache keep the bytes of a file: a digest of them.
///
/// Large files are named by their SHA-256; the others by git's SHA-1, which is taken over the word
/// `blob`, the size and the bytes.
package struct BlobName: Sendable, Hashable {
  /// How the name is made.
  package enum Method: Sendable { case sha256, git }

  /// 64 or 40 lowercase hexadecimal digits.
  package let digits: String
  package let method: Method

  /// Reads a name; nil when it is no digest.
  init?(_ digits: String) {
    switch digits.utf8.count {
    case 64: method = .sha256
    case 40: method = .git
    default: return nil
    }
    guard digits.utf8.allSatisfy(Hexadecimal.isLowercaseDigit) else { return nil }
    self.digits = digits
  }

  /// The name of bytes.
  package init(of bytes: Data, by method: Method) {
    self.method = method
    switch method {
    case .sha256:
      digits = SHA256.digest(of: bytes).hexadecimal
    case .git:
      var digest = Self.gitDigest(byteCount: bytes.count)
      digest.update(bytes)
      digits = digest.hexadecimal()
    }
  }

  /// A digest that has taken in what git puts before the bytes.
  private static func gitDigest(byteCount: Int) -> SHA1 {
    var digest = SHA1()
    digest.update("blob \(byteCount)\0".utf8)
    return digest
  }

  /// The name of the bytes of a file.
  init(ofFile file: URL, by method: Method, isCancelled: () -> Bool) throws(HubError) {
    self.method = method
    do {
      let handle = try FileHandle(forReadingFrom: file)
      defer { try? handle.close() }
      let byteCount = try handle.seekToEnd()
      try handle.seek(toOffset: 0)
      var sha256 = SHA256()
      var sha1 = Self.gitDigest(byteCount: Int(byteCount))
      while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty {
        if isCancelled() { throw HubError.cancelled }
        switch method {
        case .sha256: sha256.update(chunk)
        case .git: sha1.update(chunk)
        }
      }
      digits = method == .sha256 ? sha256.finish().hexadecimal : sha1.hexadecimal()
    } catch {
      throw HubError(reading: file, error)
    }
  }
}

extension HubError {
  /// The error of a file of this machine that could not be read.
  init(reading file: URL, _ error: any Error) {
    if let error = error as? HubError {
      self = error
    } else {
      self.init(
        .inputOutput, "Could not read the file (\(AtomicFile.reason(error))).",
        at: FileLocation(path: file.path))
    }
  }

  /// The error of a file of this machine that could not be written.
  init(writing file: URL, _ error: any Error) {
    if let error = error as? HubError {
      self = error
    } else {
      self.init(
        .inputOutput,
        "Could not write here (\(AtomicFile.reason(error))). Check permissions and free space, or set HF_HUB_CACHE to another folder.",
        at: FileLocation(path: file.path))
    }
  }
}

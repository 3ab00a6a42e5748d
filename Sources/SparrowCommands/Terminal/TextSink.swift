import Foundation

/// Where text goes: a standard stream, an open file, or memory in tests.
///
/// Writing to a reader that has gone away throws `BrokenPipe`.
public struct TextSink: Sendable {
  /// Whether a person looks at it, so that colours and moving lines make sense.
  public let isTerminal: Bool
  private let writeBytes: @Sendable ([UInt8]) throws -> Void

  /// Makes a sink from a function that takes bytes.
  ///
  /// - Parameters:
  ///   - isTerminal: whether a person looks at it; false by default.
  ///   - write: takes the bytes; whatever it throws ends the command.
  public init(isTerminal: Bool = false, write: @escaping @Sendable ([UInt8]) throws -> Void) {
    self.isTerminal = isTerminal
    self.writeBytes = write
  }

  /// Makes a sink of an open file descriptor, which stays open.
  public init(descriptor: Int32) {
    self.init(isTerminal: isatty(descriptor) == 1) { bytes in
      try Self.write(bytes, to: descriptor)
    }
  }

  /// The standard output of this process.
  public static let standardOutput = TextSink(descriptor: STDOUT_FILENO)
  /// The standard error output of this process.
  public static let standardError = TextSink(descriptor: STDERR_FILENO)

  /// Writes text as UTF-8.
  public func write(_ text: String) throws { try writeBytes(Array(text.utf8)) }

  /// Writes bytes as they are.
  public func write(_ bytes: [UInt8]) throws { try writeBytes(bytes) }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { buffer in
        unsafe Foundation.write(descriptor, buffer.baseAddress, buffer.count)
      }
      if count >= 0 {
        rest = rest.dropFirst(count)
        continue
      }
      switch errno {
      case EINTR: continue
      case EPIPE: throw BrokenPipe()
      default: throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
      }
    }
  }
}

/// The reader of an output has gone away, as `head` does; no failure.
struct BrokenPipe: Error {}

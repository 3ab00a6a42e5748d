import Foundation

/// The memory of this process, as Linux counts it; 0 elsewhere.
enum ResidentMemory {
  /// Bytes that are resident now.
  static var current: Int { bytes("VmRSS") }
  /// The most bytes that were resident since the start or since ``resetPeak()``.
  static var peak: Int { bytes("VmHWM") }

  /// Lets the peak begin at what is resident now.
  static func resetPeak() throws {
    try Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
  }

  private static func bytes(_ name: String) -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
    let kibibytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first
    return (kibibytes.flatMap { Int($0) } ?? 0) * 1024
  }
}

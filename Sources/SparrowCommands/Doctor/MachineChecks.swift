import Foundation
import SparrowCore
import SparrowTensor

/// Looks at the machine and at what Sparrow is built with.
struct MachineChecks {
  let environment: [String: String]

  /// Everything, in the order in which it is shown.
  func findings() -> [Finding] {
    [toolchain, libtorch, processor, threads, devices, memory, disk]
  }

  private var toolchain: Finding {
    let subject = "Swift"
    let paths = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/swift" }
    guard let swift = paths.first(where: FileManager.default.isExecutableFile(atPath:)) else {
      return Finding(
        .warn, subject, "not found in PATH",
        advice: "Only building Sparrow needs it: https://swift.org/install")
    }
    guard let output = Self.output(of: swift, ["--version"]), !output.isEmpty else {
      return Finding(
        .warn, subject, "\(swift) does not answer --version",
        advice: "Only building Sparrow needs it: https://swift.org/install")
    }
    let line = output.split(separator: "\n").first { $0.contains("Swift version") }
    return Finding(.ok, subject, String(line ?? output.split(separator: "\n")[0]))
  }

  private var libtorch: Finding {
    Finding(.ok, "libtorch", "\(Torch.version), kernels for \(Torch.cpuCapability)")
  }

  private var processor: Finding {
    let names: [(Torch.CPUFeatures, String)] = [
      (.avx2, "AVX2"), (.avx512, "AVX-512"), (.avx512BF16, "AVX-512 BF16"),
      (.avx512VNNI, "AVX-512 VNNI"), (.amxBF16, "AMX BF16"),
    ]
    let found = names.filter { Torch.cpuFeatures.contains($0.0) }.map(\.1)
    let detail = found.isEmpty ? "no vector extensions that matter" : found.joined(separator: ", ")
    return Torch.hasFastBFloat16
      ? Finding(.ok, "processor", detail + "; bf16 is fast here")
      : Finding(
        .ok, "processor", detail + "; bf16 is not fast here",
        advice: "Leave --precision at fp32 and bf16 at false.")
  }

  private var threads: Finding {
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let count = Torch.threadCount
    let detail = "\(count) for \(cores) cores"
    guard count > cores else { return Finding(.ok, "threads", detail) }
    return Finding(
      .warn, "threads", detail,
      advice: "More threads than cores slow everything down; set --threads or OMP_NUM_THREADS.")
  }

  private var devices: Finding {
    let found = Device.Kind.allCases.map { Device($0) }.filter(\.isAvailable)
    return Finding(.ok, "devices", found.map(\.description).joined(separator: ", "))
  }

  private var memory: Finding {
    let total = ProcessInfo.processInfo.physicalMemory
    let available = Self.availableMemory ?? total
    let detail = "\(NumberText.bytes(available)) of \(NumberText.bytes(total)) available"
    guard available < 2 << 30 else { return Finding(.ok, "memory", detail) }
    return Finding(
      .warn, "memory", detail,
      advice: "Training needs about 2 GiB; close other programs or make the batch size smaller.")
  }

  private var disk: Finding {
    let path = FileManager.default.currentDirectoryPath
    guard
      let attributes = try? FileManager.default.attributesOfFileSystem(forPath: path),
      let free = (attributes[.systemFreeSize] as? NSNumber)?.uint64Value
    else { return Finding(.warn, "disk", "free space of \(path) unknown") }
    let detail = "\(NumberText.bytes(free)) free in \(path)"
    guard free < 1 << 30 else { return Finding(.ok, "disk", detail) }
    return Finding(
      .warn, "disk", detail, advice: "Checkpoints may not fit; keep fewer with save_total_limit.")
  }

  /// What Linux says could be had without swapping, nil elsewhere.
  private static var availableMemory: UInt64? {
    guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8) else {
      return nil
    }
    let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
    let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap { UInt64($0) }
    return kibibytes.map { $0 * 1024 }
  }

  private static func output(of program: String, _ arguments: [String]) -> String? {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let data = try? pipe.fileHandleForReading.readToEnd()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? String(decoding: data ?? Data(), as: UTF8.self) : nil
  }
}

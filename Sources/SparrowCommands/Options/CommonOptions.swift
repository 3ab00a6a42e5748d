import ArgumentParser
import SparrowTensor

/// The options that every command takes.
struct CommonOptions: ParsableArguments {
  @Flag(help: "Write the result as JSON.")
  var json = false

  @Flag(name: .shortAndLong, help: "Show no progress.")
  var quiet = false

  @Option(help: ArgumentHelp("Threads of one operation; all cores by default.", valueName: "n"))
  var threads: Int?

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads must be from 1 to 1024; found \(threads).")
    }
  }

  /// Applies what concerns the whole process.
  func apply() throws {
    if let threads { try Torch.setThreadCount(threads) }
  }
}

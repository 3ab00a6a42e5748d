import Dispatch
import Foundation
import Synchronization

/// The program: runs the command line with the process's arguments and signals.
public enum SparrowMain {
  /// Runs the command that the process was started with, and ends the process.
  ///
  /// The first Ctrl-C (or SIGTERM) cancels the command, which may save its work first; the second
  /// ends the process at once.
  @MainActor
  public static func run() async -> Never {
    // A reader that goes away and a file that grows beyond its limit are errors of one write.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    let arguments = Array(CommandLine.arguments.dropFirst())
    let work = Task { @MainActor in SparrowCommandLine.run(arguments) }
    let received = ReceivedSignal()
    let sources = [SIGINT, SIGTERM].map { received.makeSource(of: $0, cancelling: work) }
    let code = await work.value
    withExtendedLifetime(sources) {
      exit(code == CommandOutcome.interrupted.rawValue ? received.exitCode : code)
    }
  }
}

/// The first signal that asked the process to end.
private final class ReceivedSignal: Sendable {
  private let number = Mutex<Int32?>(nil)

  /// Makes a source that cancels a task at the first signal and ends the process at the second.
  ///
  /// Its handler runs on a queue of the system while the work keeps the main thread busy.
  func makeSource(
    of number: Int32, cancelling work: Task<Int32, Never>
  ) -> any DispatchSourceSignal {
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
    source.setEventHandler { [self] in
      if isSecond(number) { _exit(Self.exitCode(of: number)) }
      work.cancel()
    }
    source.activate()
    return source
  }

  /// Notes a signal and says whether it was not the first.
  private func isSecond(_ signal: Int32) -> Bool {
    number.withLock { number in
      defer { number = number ?? signal }
      return number != nil
    }
  }

  /// The exit code of a process that the signal ended.
  var exitCode: Int32 { Self.exitCode(of: number.withLock { $0 } ?? SIGINT) }

  static func exitCode(of signal: Int32) -> Int32 {
    (signal == SIGTERM ? CommandOutcome.terminated : .interrupted).rawValue
  }
}

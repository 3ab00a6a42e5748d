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
    ReceivedSignal.watch(cancelling: work)
    let code = await work.value
    exit(code == CommandOutcome.interrupted.rawValue ? ReceivedSignal.exitCode : code)
  }
}

/// The first signal that asked the process to end.
///
/// A signal handler may only do what is safe between any two instructions, so it notes the number, and
/// a thread of its own looks at it. A source of Dispatch would not do: its handler waits for a thread of
/// the pool, which a computation on all cores keeps busy.
private enum ReceivedSignal {
  /// Its number; 0 as long as there was none.
  private static let number = Atomic<Int32>(0)

  private static let lookInterval = 0.05

  /// Cancels a task at the first SIGINT or SIGTERM; the second ends the process at once.
  static func watch(cancelling work: Task<Int32, Never>) {
    // The number is made before a handler can ask for it.
    _ = number.load(ordering: .relaxed)
    for signal in [SIGINT, SIGTERM] {
      Foundation.signal(signal) { received in
        let isFirst = ReceivedSignal.number.compareExchange(
          expected: 0, desired: received, ordering: .relaxed
        ).exchanged
        if !isFirst { _exit(ReceivedSignal.exitCode(of: received)) }
      }
    }
    Thread.detachNewThread {
      while number.load(ordering: .relaxed) == 0 { Thread.sleep(forTimeInterval: lookInterval) }
      work.cancel()
    }
  }

  /// The exit code of a process that the signal ended.
  static var exitCode: Int32 { exitCode(of: number.load(ordering: .relaxed)) }

  private static func exitCode(of signal: Int32) -> Int32 {
    (signal == SIGTERM ? CommandOutcome.terminated : .interrupted).rawValue
  }
}
